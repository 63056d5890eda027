/**
 * What `dbus-run-session` is given before a command: an unlocked keyring on the bus that it makes. The
 * password is that of a keyring which lives as long as the command.
 */
export const withKeyring = [
  '--',
  'bash',
  '-c',
  'echo -n test | gnome-keyring-daemon --unlock --components=secrets >/dev/null && sleep 0.5 && exec "$@"',
  'with-keyring',
]

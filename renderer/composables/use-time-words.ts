import { onScopeDispose, ref } from 'vue'
import { useI18n } from 'vue-i18n'

const units = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** Words for a moment (ISO 8601) in the language of the window; `ago` keeps pace with the clock. */
export function useTimeWords() {
  const { locale, t } = useI18n()
  const now = ref(Date.now())
  const timer = setInterval(() => (now.value = Date.now()), 15_000)
  onScopeDispose(() => clearInterval(timer))

  /** How long ago; what lies in the future (clocks differ) counts as now. */
  function ago(moment: string): string {
    const seconds = (Math.max(now.value, Date.now()) - Date.parse(moment)) / 1000
    const unit = units.find(([, length]) => seconds >= length)
    if (!unit) return t('time.now')
    const [name, length] = unit
    const words = new Intl.RelativeTimeFormat(locale.value, { numeric: 'auto' })
    return words.format(-Math.floor(seconds / length), name)
  }

  const exactly = (moment: string): string =>
    new Intl.DateTimeFormat(locale.value, { dateStyle: 'long', timeStyle: 'short' }).format(
      new Date(moment),
    )

  /** The time of day. */
  const clock = (moment: string): string =>
    new Intl.DateTimeFormat(locale.value, { timeStyle: 'short' }).format(new Date(moment))

  /** How long something lasted, in its largest unit up to hours. */
  function lasting(seconds: number): string {
    const unit = seconds >= 3600 ? 'hour' : seconds >= 60 ? 'minute' : 'second'
    const length = { hour: 3600, minute: 60, second: 1 }[unit]
    const words = new Intl.NumberFormat(locale.value, { style: 'unit', unit, unitDisplay: 'short' })
    return words.format(Math.floor(seconds / length))
  }

  return { ago, exactly, clock, lasting }
}

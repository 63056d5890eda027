import { EventEmitter, once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * What the network does. `silence`: nothing gets through, and all of it arrives when that is over;
 * `delay`: everything takes 5 s, each way; `half-open`: the other side is gone and nobody was told;
 * `reset`: whoever is connected, or connects, is cut off.
 */
export type NetworkFault = 'none' | 'silence' | 'delay' | 'half-open' | 'reset'

const latency = 5_000

interface Pair {
  client: Socket
  backend: Socket | null
}

/** A network of the tests between a desktop and its backend. */
export interface TcpProxy {
  /** With a host name, so that a name can cease to be known. */
  address: string
  suffer: (fault: NetworkFault) => void
  /** Leads to another port of this machine from now on, also those who are connected. */
  lead: (port: number) => void
  close: () => Promise<void>
}

export async function startTcpProxy(port: number): Promise<TcpProxy> {
  let fault: NetworkFault = 'none'
  let target = port
  const pairs = new Set<Pair>()
  const changes = new EventEmitter().setMaxListeners(0)

  /** Until what arrived at a moment may go on. */
  async function gate(arrived: number): Promise<void> {
    if (fault === 'delay') await delay(Math.max(0, arrived + latency - Date.now()))
    while (fault === 'silence') await once(changes, 'lifted')
  }

  /** Passes on what one end says, in its order, and that it has nothing more to say. */
  function pump(from: Socket, to: Socket): void {
    let turn = Promise.resolve()
    const inTurn = (action: () => void) => {
      const arrived = Date.now()
      turn = turn.then(() => gate(arrived)).then(action)
    }
    from.on('data', (chunk: Buffer) => inTurn(() => to.writable && to.write(chunk)))
    from.on('end', () => inTurn(() => to.end()))
    // Whoever reads only hears of an end that was announced.
    from.on('error', () => inTurn(() => to.destroy()))
  }

  function reset({ client, backend }: Pair): void {
    client.resetAndDestroy()
    backend?.destroy()
  }

  function welcome(client: Socket): void {
    const pair: Pair = { client, backend: null }
    client.on('error', () => undefined)
    if (fault === 'reset') {
      reset(pair)
      return
    }
    pairs.add(pair)
    client.once('close', () => {
      pairs.delete(pair)
      pair.backend?.end()
    })
    if (fault === 'half-open') return
    pair.backend = connect(target, '127.0.0.1')
    pump(client, pair.backend)
    pump(pair.backend, client)
  }

  function cutBackend({ backend }: Pair): void {
    backend?.removeAllListeners()
    backend?.on('error', () => undefined)
    backend?.destroy()
  }

  const isCut = ({ backend }: Pair) => backend === null || backend.destroyed

  const server = createServer({ allowHalfOpen: true }, welcome)
  server.listen(0, 'localhost')
  await once(server, 'listening')
  // Listening on a port, it has an address of this kind.
  const own = (server.address() as AddressInfo).port

  return {
    address: `http://localhost:${own}`,
    suffer(next) {
      fault = next
      if (next === 'reset') for (const pair of pairs) reset(pair)
      if (next === 'half-open') for (const pair of pairs) cutBackend(pair)
      // A machine that is back does not know the connections from before.
      if (next === 'none') for (const pair of pairs) if (isCut(pair)) reset(pair)
      changes.emit('lifted')
    },
    lead(next) {
      target = next
      for (const pair of pairs) reset(pair)
    },
    async close() {
      fault = 'none'
      changes.emit('lifted')
      for (const pair of pairs) reset(pair)
      server.close()
      await once(server, 'close')
    },
  }
}

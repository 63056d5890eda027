import { lookup } from 'node:dns/promises'
import type { Agent } from 'node:http'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { RequestFilteringHttpAgent, useAgent } from 'request-filtering-agent'
import type { BadWebhookAddress } from '../contract/problem.ts'

/** The addresses of a host; throws where it has none. */
export type Resolve = (host: string) => Promise<readonly string[]>

/** How long a name is waited for, ms. */
const resolvePatience = 5000

const resolveByName: Resolve = async (host) => {
  const found = lookup(host, { all: true })
  const late = delay(resolvePatience, undefined, { ref: false })
  return ((await Promise.race([found, late])) ?? []).map(({ address }) => address)
}

/** Why nothing is sent to an address. */
export class AddressRefused extends Error {
  readonly reason: BadWebhookAddress
  constructor(reason: BadWebhookAddress) {
    super(`nothing is sent to this address: ${reason}`)
    this.reason = reason
  }
}

/** An address that may be sent to, with an agent that connects to what was looked up and checked. */
export interface Destination {
  url: URL
  agent: Agent
}

/** Finds where an address leads at this moment; throws AddressRefused. */
export type Reach = (address: string) => Promise<Destination>

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

const thisMachine = ['127.0.0.0/8', '::1']
const loopback = blockList(thisMachine)

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    if (bits === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(bits), familyOf(address))
  }
  return list
}

/** The private networks that the operator allowed (`WEBHOOK_NETWORKS`). */
export const networksOf = (text: string | undefined): BlockList =>
  blockList(
    (text ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .flatMap((part) => (part === 'loopback' ? thisMachine : part)),
  )

/**
 * Where messages to an address go. It has to be https, or http to this machine, and to lead to no
 * private network but those in `allowed` (OWASP ASVS 5.0, 1.3.6). Asked when the address is set, and
 * again for every message: a name may lead elsewhere by then, and the connection goes to what was
 * checked. Throws AddressRefused.
 */
export async function destinationOf(
  text: string,
  allowed: BlockList,
  resolve: Resolve = resolveByName,
): Promise<Destination> {
  const { url, host } = parse(text)
  const addresses = isIP(host) ? [host] : await resolve(host).catch(() => [])
  if (addresses.length === 0) throw new AddressRefused('unknown-host')
  if (url.protocol === 'http:' && !addresses.every((it) => isIn(loopback, it)))
    throw new AddressRefused('scheme')

  const options = { allowIPAddressList: addresses.filter((it) => isIn(allowed, it)) }
  if (addresses.some((it) => isFiltered(it, options))) throw new AddressRefused('private-address')
  return { url, agent: useAgent(url.href, { ...options, lookup: pinned(addresses) }) }
}

function parse(text: string): { url: URL; host: string } {
  const url = URL.parse(text)
  if (!url) throw new AddressRefused('form')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const plain = url.protocol === 'http:' && isThisMachine(host)
  if (url.protocol !== 'https:' && !plain) throw new AddressRefused('scheme')
  if (url.username !== '' || url.password !== '') throw new AddressRefused('credentials')
  url.hash = ''
  return { url, host }
}

/** By its name; `localhost` is no other machine (RFC 6761 §6.3). */
const isThisMachine = (host: string) =>
  isIP(host) ? isIn(loopback, host) : /(^|\.)localhost$/.test(host)

const isIn = (list: BlockList, address: string) => list.check(address, familyOf(address))

/** What the filter says of an address. A socket that is destroyed at once never connects. */
function isFiltered(address: string, options: { allowIPAddressList: string[] }): boolean {
  let refused = false
  new RequestFilteringHttpAgent(options)
    .createConnection({ host: address, port: 443 }, (error) => (refused = error instanceof Error))
    .destroy()
  return refused
}

/** Answers with what was checked, whatever the name leads to by now. */
const pinned =
  (addresses: readonly string[]): LookupFunction =>
  (_host, { all }, found) => {
    const list = addresses.map((address) => ({ address, family: isIP(address) }))
    if (all) found(null, list)
    else found(null, list[0]?.address ?? '', list[0]?.family)
  }

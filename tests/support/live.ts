import { createParser } from 'eventsource-parser'
import { expect, onTestFinished, vi } from 'vitest'
import { LiveEvent, livePath } from '../../contract/live.ts'
import { eventually } from './eventually.ts'

/** An open stream, until the end of the test: what it was told so far, and whether the backend closed it. */
export async function openStream(url: string, token: string) {
  const leaving = new AbortController()
  const connect = async () => {
    const answer = await fetch(url + livePath, {
      headers: { authorization: `Bearer ${token}` },
      signal: leaving.signal,
    })
    // The backend may still be connecting its listener.
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    return answer
  }
  const response = await vi.waitFor(connect, { timeout: 5000, interval: 100 })
  const stream = { events: [] as LiveEvent[], closed: false }
  const parser = createParser({
    onEvent: ({ data }) => stream.events.push(LiveEvent.parse(JSON.parse(data))),
  })
  const decoder = new TextDecoder()
  const reading = async () => {
    for await (const chunk of response.body ?? [])
      parser.feed(decoder.decode(chunk, { stream: true }))
    stream.closed = true
  }
  reading().catch(() => (stream.closed = true))
  onTestFinished(() => leaving.abort())
  await eventually(() => expect(stream.events).not.toHaveLength(0))
  return stream
}

import { generateKeyPairSync, sign } from 'node:crypto'

/** A value as X.509 writes it (DER). */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length]
  return Buffer.concat([Buffer.from([tag, ...head]), content])
}
const sequence = (...parts: Buffer[]) => der(0x30, ...parts)
const id = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const number = (value: number) => der(0x02, Buffer.from([value]))
const bits = (content: Buffer) => der(0x03, Buffer.from([0]), content)
const time = (date: Date) => {
  const [text] = date.toISOString().slice(2).replace(/[-T:]/g, '').split('.')
  return der(0x17, Buffer.from(`${text ?? ''}Z`))
}

const ecdsaWithSha256 = sequence(id('2a8648ce3d040302'))
const [commonName, subjectAltName] = [id('550403'), id('551d11')]

/** A key and the certificate for one name that it signed itself, good for a day. */
export function selfSigned(name: string): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const text = Buffer.from(name)
  const subject = sequence(der(0x31, sequence(commonName, der(0x0c, text))))
  const day = 86_400_000
  const toSign = sequence(
    der(0xa0, number(2)),
    number(1),
    ecdsaWithSha256,
    subject,
    sequence(time(new Date(Date.now() - day)), time(new Date(Date.now() + day))),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(subjectAltName, der(0x04, sequence(der(0x82, text)))))),
  )
  const certificate = sequence(toSign, ecdsaWithSha256, bits(sign('sha256', toSign, privateKey)))
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  }
}

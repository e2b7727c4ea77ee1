import { parse as parseCertificate } from 'k6/crypto/x509'
import { Parser, parse } from 'k6/experimental/csv'
import { open, SeekMode } from 'k6/experimental/fs'
import { setTimeout } from 'k6/experimental/timers'
import { crypto } from 'k6/experimental/webcrypto'
import { parseHTML } from 'k6/html'
import secrets from 'k6/secrets'

export default async function () {
  const file = await open('a.csv')
  const rows = await parse(file, { skipFirstLine: true })
  const parser = new Parser(file)
  await file.seek(0, SeekMode.Start)
  const { done, value } = await parser.next()
  const name: string = parseCertificate('').subject.commonName
  const text: string = parseHTML('<p>').find('p').text()
  setTimeout(() => console.log(done, value, name, text, rows), 1)
  console.log((await secrets.get('a')).length, crypto)
}

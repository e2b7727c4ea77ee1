/** One request over a connection of its own: what the scenarios of this folder do again and again. */
import { Socket } from 'k6/x/tcp'

const HOST = __ENV.TCP_ECHO_HOST || 'localhost'
const PORT = __ENV.TCP_ECHO_PORT || 7007

/** Sends `text` and gives what comes back; the server may think for `thinkMs` first. */
export async function ask(text: string, thinkMs = 0): Promise<string> {
  const socket = new Socket()
  const answer = new Promise<string>((resolve, reject) => {
    socket.on('data', (data) => resolve(String.fromCharCode(...data)))
    socket.on('error', reject)
  })
  await socket.connect(PORT, HOST)
  if (thinkMs > 0) await new Promise((resolve) => setTimeout(resolve, thinkMs))
  await socket.write(text)
  const received = await answer
  socket.destroy()
  return received
}

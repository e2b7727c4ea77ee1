/** Writing a file whose folder may not be there yet. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Folders that are missing are made. */
export async function writeInFolder(path: string, content: string | Uint8Array): Promise<void> {
  await makeFolder(dirname(path))
  await writeFile(path, content)
}

/** Node's own `recursive` never ends where the system says of every new folder that its parent is missing, as in /proc. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' || dirname(path) === path) {
      // Whatever it is that is there, what is written into it next will tell.
      if (code !== 'EEXIST' && code !== 'EISDIR') throw error
      return
    }
    await makeFolder(dirname(path))
    await mkdir(path).catch(ignoreExisting)
  }
}

/** Another file of the same run may have needed it meanwhile. */
function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}

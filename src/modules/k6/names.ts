import { HostError } from '../../vu/host-error.js'

/** `::` separates the names in a group's path, so no name may contain it. */
export function assertName(name: string): void {
  if (name.includes('::')) throw new HostError("group and check names may not contain '::'")
}

/** Whether shards on these workers could deliver to an address that nobody has set. */

/**
 * While no base URL is set, shards would be told to deliver to the loopback address, which means us only on this
 * host. A sentence for the task's `reason`, or null when nothing stands in the way.
 * @param ownAddresses addresses of this host, IPv4 and IPv6; loopback always counts as one
 * @param workers the fitting workers; one without an address is taken to be here
 */
export function crossHostRefusal(
  ownAddresses: readonly string[],
  workers: readonly { id: string; ip: string | null }[],
): string | null {
  const own = new Set(ownAddresses.map(plainAddress));
  const far = workers.find(({ ip }) => ip !== null && ip.trim() !== '' && !isHere(plainAddress(ip), own));
  if (far === undefined) return null;
  return `not split: worker ${far.id} is on another host (${String(far.ip).slice(0, 64)}), and ORCHESTRATOR_BASE_URL does not say where it reaches this service`;
}

const isHere = (address: string, own: ReadonlySet<string>): boolean =>
  own.has(address) || address === '::1' || address === 'localhost' || /^127\.\d+\.\d+\.\d+$/.test(address);

/** Without zone, prefix length and the IPv6 wrapping of an IPv4 address, in lower case. */
function plainAddress(address: string): string {
  return address
    .trim()
    .toLowerCase()
    .replace(/[%/].*$/, '')
    .replace(/^::ffff:(?=\d+\.)/, '');
}

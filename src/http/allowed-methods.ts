/** Which route took a request, and which methods its path would have been taken with: tells 405 from 404. */
import type { Request } from 'express';

/** What is used of a layer of Express' router; its own types do not describe it. */
interface RouteLayer {
  match(path: string): boolean;
  route?: { path: unknown; methods: Record<string, boolean> };
}

/** Where Nest mounts middleware: a route for Express, none for a client. */
const EVERYWHERE = '/{*path}';

/** The pattern of the route that took the request; null when none did. */
export function routeOf(request: Request): string | null {
  const path: unknown = (request.route as { path?: unknown } | undefined)?.path;
  return typeof path === 'string' && path !== EVERYWHERE ? path : null;
}

function isRouteLayer(value: unknown): value is RouteLayer {
  return typeof value === 'object' && value !== null && 'match' in value && typeof value.match === 'function';
}

/** Upper-case methods of every route that fits the request's path; empty when none does. */
export function allowedMethods(request: Request): string[] {
  const router: unknown = request.app.router;
  if (typeof router !== 'function' || !('stack' in router) || !Array.isArray(router.stack)) return [];
  const methods = new Set<string>();
  for (const layer of router.stack as unknown[]) {
    if (!isRouteLayer(layer) || layer.route === undefined || layer.route.path === EVERYWHERE) continue;
    if (!layer.match(request.path)) continue;
    for (const method of Object.keys(layer.route.methods)) methods.add(method.toUpperCase());
  }
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].sort();
}

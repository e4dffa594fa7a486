/**
 * Keeps other web sites out. A page that a person has open can make the browser send requests to
 * this server; none of them may be answered.
 *
 * - Host: a foreign name that points to our address (DNS rebinding) makes the browser believe that
 *   their page and our server are one site. Only names that we know are served. Any port: a tunnel
 *   may give us another one, and a name is what rebinding needs.
 * - Origin: sent with every request across sites that a script can make, and with every POST.
 * - Sec-Fetch-Site: also sent with images, scripts and the like, which carry no Origin. Pages on
 *   another port of this machine count as the same site and would even send our cookie.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { HeadspaceError } from '../platform/headspace-error.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const WILDCARDS = new Set(['0.0.0.0', '::', '']);

export interface SiteGuardOptions {
  /** Address that the server listens on. */
  readonly host: string;
  /** Further names, each with or without a port. */
  readonly allowedHosts: readonly string[];
}

/** Makes the check for all requests. It throws HeadspaceError `forbidden_host`, `forbidden_origin`. */
export function siteGuard(options: SiteGuardOptions): (headers: IncomingHttpHeaders) => void {
  const own = isIP(options.host) === 6 ? `[${options.host}]` : options.host.toLowerCase();
  const allowed = new Set(options.allowedHosts.map((name) => name.trim().toLowerCase()));
  if (!WILDCARDS.has(options.host)) allowed.add(own);

  return (headers) => {
    const host = headers.host?.toLowerCase() ?? '';
    const name = hostName(host);
    if (name === undefined || !(LOOPBACK.has(name) || allowed.has(name) || allowed.has(host))) {
      throw new HeadspaceError('forbidden_host');
    }
    const { origin } = headers;
    if (origin !== undefined && !isOwnOrigin(origin, host)) {
      throw new HeadspaceError('forbidden_origin');
    }
  };
}

/**
 * For everything but the page itself, which any site may link to: refuses what a browser marks as
 * started by another site or another port.
 */
export function refuseForeignFetch(headers: IncomingHttpHeaders): void {
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') throw new HeadspaceError('forbidden_origin');
}

/** True when the browser says that our own page sent this request. */
export function comesFromOwnPage(headers: IncomingHttpHeaders): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] === 'same-origin';
}

/** `localhost:5055` → `localhost`; undefined for what is no host. */
function hostName(host: string): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/.exec(host);
  return match?.[1];
}

/** The scheme may differ: a proxy in front may speak TLS. `null` (sandboxed pages, files) never fits. */
function isOwnOrigin(origin: string, host: string): boolean {
  for (const scheme of ['http', 'https']) {
    if (URL.canParse(`${scheme}://${host}`) && new URL(`${scheme}://${host}`).origin === origin) {
      return true;
    }
  }
  return false;
}

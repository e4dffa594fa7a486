/**
 * The HTTP face of the server: composition only. It listens nowhere and reads no environment.
 *
 *   every request   security headers ─► not stopping? ─► host and origin ─► who may call (access.ts)
 *   /health/*       open, also to probes that call us by our address
 *   no route        the built dashboard, else 404
 */
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
} from 'fastify';
import type { Clock } from '../platform/clock.ts';
import { HeadspaceError } from '../platform/headspace-error.ts';
import type { Logger } from '../platform/log.ts';
import { accessOf } from './access.ts';
import { createAuth, type RemoteDoor, type Tokens } from './auth.ts';
import { logRequests, sendProblem, setErrorHandlers } from './error-handler.ts';
import { loginRoutes } from './login-routes.ts';
import { securityHeaders } from './security-headers.ts';
import { sessionCookies } from './session-cookie.ts';
import { refuseForeignFetch, siteGuard } from './site-guard.ts';
import { staticFiles } from './static-files.ts';

export interface AppOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly remoteDoor: RemoteDoor;
  readonly host: string;
  readonly allowedHosts: readonly string[];
  /** Fires when the process stops: from then on every request but health is refused. */
  readonly stopping: AbortSignal;
  /** Folder of the built dashboard. */
  readonly webFolder: string;
}

const API_BODY_BYTES = 1024 * 1024;

/** @param plugins the routes; each names its full paths, and by them who may call it */
export async function buildApp(
  options: AppOptions,
  plugins: readonly FastifyPluginAsync[],
): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = options.logger;
  const app = fastify({
    loggerInstance,
    // Our own line per request is in error-handler.ts.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: API_BODY_BYTES,
    // Streams and slow requests are ended by us, in their own way; nothing waits for idle sockets.
    forceCloseConnections: 'idle',
    // Refused by our own hook, with our own document.
    return503OnClosing: false,
    // An address that cannot be decoded leads nowhere.
    frameworkErrors: (_error, _request, reply) => {
      sendProblem(reply, new HeadspaceError('not_found'));
    },
  });
  const cookies = sessionCookies(options.tokens.operator, options.clock.now);
  const auth = createAuth(options.tokens, cookies, options.remoteDoor);
  const guardSite = siteGuard(options);
  logRequests(app);
  setErrorHandlers(app);
  app.addHook('onRequest', (request, reply, done) => {
    const access = accessOf(request.routeOptions.url);
    void reply.headers(securityHeaders(access));
    if (access !== 'health') {
      if (options.stopping.aborted) throw new HeadspaceError('shutting_down');
      guardSite(request.headers);
    }
    if (access !== 'health' && access !== 'page') refuseForeignFetch(request.headers);
    if (access === 'operator') auth.operator(request);
    if (access === 'hook') auth.hook(request);
    done();
  });
  // Keys are in the database; nobody else waits for it.
  app.addHook('onRequest', async (request) => {
    if (accessOf(request.routeOptions.url) === 'remote') await auth.remote(request);
  });
  loginRoutes(app, auth, cookies);
  staticFiles(app, options.webFolder);
  for (const plugin of plugins) await app.register(plugin);
  await app.ready();
  return app;
}

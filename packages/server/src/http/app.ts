/**
 * The HTTP face of the server: composition only. It listens nowhere and reads no environment.
 *
 *   every request   security headers ─► not stopping? ─► host and origin
 *   /api/*          no foreign fetch ─► operator token or cookie
 *   /hook/*         no foreign fetch ─► hook token
 *   /health/*       open, also to probes that call us by our address
 *   all else        the built dashboard
 *
 * The checks belong to the scopes in which routes are registered, not to how an address is
 * written, so no spelling of a path goes around them.
 */
import {
  fastify,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
} from 'fastify';
import type { Clock } from '../platform/clock.ts';
import { HeadspaceError } from '../platform/headspace-error.ts';
import type { Logger } from '../platform/log.ts';
import { createAuth, type Tokens } from './auth.ts';
import { logRequests, setErrorHandlers } from './error-handler.ts';
import { loginRoutes } from './login-routes.ts';
import { addSecurityHeaders } from './security-headers.ts';
import { sessionCookies } from './session-cookie.ts';
import { refuseForeignFetch, siteGuard } from './site-guard.ts';
import { staticFiles } from './static-files.ts';

export interface AppOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly host: string;
  readonly allowedHosts: readonly string[];
  /** Fires when the process stops: from then on every request but health is refused. */
  readonly stopping: AbortSignal;
  /** Folder of the built dashboard. */
  readonly webFolder: string;
}

/** Routes by who may call them. Each plugin names its full paths. */
export interface AppPlugins {
  readonly api: readonly FastifyPluginAsync[];
  readonly hook: readonly FastifyPluginAsync[];
  readonly open: readonly FastifyPluginAsync[];
}

const API_BODY_BYTES = 1024 * 1024;

export async function buildApp(options: AppOptions, plugins: AppPlugins): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = options.logger;
  const app = fastify({
    loggerInstance,
    disableRequestLogging: true,
    bodyLimit: API_BODY_BYTES,
    // Streams and slow requests are ended by us, in their own way; nothing waits for idle sockets.
    forceCloseConnections: 'idle',
    // Refused by our own hook, with our own document.
    return503OnClosing: false,
  });
  const cookies = sessionCookies(options.tokens.operator, options.clock.now);
  const auth = createAuth(options.tokens, cookies);
  const guardSite = siteGuard(options);
  addSecurityHeaders(app);
  logRequests(app);
  setErrorHandlers(app);

  for (const plugin of plugins.open) await app.register(plugin);
  await app.register(async (guarded) => {
    guarded.addHook('onRequest', (request, _reply, done) => {
      if (options.stopping.aborted) throw new HeadspaceError('shutting_down');
      guardSite(request.headers);
      done();
    });
    await guarded.register(async (api) => {
      api.addHook('onRequest', (request, _reply, done) => {
        refuseForeignFetch(request.headers);
        auth.operator(request);
        done();
      });
      for (const plugin of plugins.api) await api.register(plugin);
    });
    await guarded.register(async (hook) => {
      hook.addHook('onRequest', (request, _reply, done) => {
        refuseForeignFetch(request.headers);
        auth.hook(request);
        done();
      });
      for (const plugin of plugins.hook) await hook.register(plugin);
    });
    await guarded.register((login, _options, done) => {
      login.addHook('onRequest', (request, _reply, next) => {
        refuseForeignFetch(request.headers);
        next();
      });
      loginRoutes(login, auth, cookies);
      done();
    });
    staticFiles(guarded, options.webFolder);
  });
  await app.ready();
  return app;
}

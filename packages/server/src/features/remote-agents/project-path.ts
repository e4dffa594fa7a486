/**
 * The directory that a program means, and whether its key is for it. To a key all that it may not
 * have looks alike, so that it cannot find out what is on the disk.
 */
import { realpath } from 'node:fs/promises';
import { basename, isAbsolute } from 'node:path';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import type { Caller } from './callers.ts';
import type { RemoteAgentsContext } from './context.ts';
import { projectPaths } from './queries.ts';

/** @throws HeadspaceError project_not_allowed, invalid_payload */
export async function projectPath(
  context: Pick<RemoteAgentsContext, 'pool' | 'hostId'>,
  caller: Caller,
  project: string,
): Promise<string> {
  if (project.includes('\0')) throw wrongProject('must not hold a null character');
  if (isAbsolute(project)) {
    if (caller.kind === 'operator') return project;
    const real = await realpath(project).catch(() => null);
    assertAllowed(caller, real);
    return real;
  }
  const known = await projectPaths(context.pool, context.hostId, project);
  const own = caller.kind === 'key' ? caller.key.projects : [];
  const named = [...known, ...own.filter((path) => basename(path) === project)];
  const paths = [...new Set(named.filter((path) => isAllowed(caller, path)))];
  const [path] = paths;
  if (paths.length > 1) throw wrongProject('is the name of several projects: give the path');
  if (path !== undefined) return path;
  if (caller.kind === 'operator') throw wrongProject('is neither a path nor a known project');
  throw new HeadspaceError('project_not_allowed');
}

/** @throws HeadspaceError project_not_allowed */
export function assertAllowed(caller: Caller, path: string | null): asserts path is string {
  if (path === null || !isAllowed(caller, path)) throw new HeadspaceError('project_not_allowed');
}

/** @param path a real one */
function isAllowed(caller: Caller, path: string): boolean {
  if (caller.kind === 'operator') return true;
  if (caller.kind === 'embed') return false;
  return caller.key.projects.some(
    (project) => path === project || path.startsWith(project === '/' ? '/' : `${project}/`),
  );
}

function wrongProject(message: string): HeadspaceError {
  return new HeadspaceError('invalid_payload', `The project ${message}.`, {
    errors: [{ path: 'project', message }],
  });
}

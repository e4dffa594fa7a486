/**
 * A prepared statement of ours on its way through the driver. Rows come as the text that the server
 * sends: nothing is described and nothing converted, which spares half of the driver's work for
 * statements this short. Parameters are text as well.
 *
 * The driver calls these methods as it does for pg-cursor and other "submittable" queries.
 */
import type { Connection, Submittable } from 'pg';
import { bindAndExecute, parseMessage } from './frontend-messages.ts';

/** A statement that is prepared once on each connection. */
export interface Statement {
  /** Equal names mean equal texts. */
  readonly name: string;
  readonly text: string;
}

/** Columns in the server's text form: `t` and `f`, decimal numbers; null for NULL. */
export type TextRow = readonly (string | null)[];

/** What the driver remembers of a connection: names of prepared statements with their text. */
interface DriverConnection extends Connection {
  readonly parsedStatements: Readonly<Record<string, string>>;
}

export class TextStatement implements Submittable {
  /** Read by the driver: so it knows what is prepared. */
  readonly name: string;
  readonly text: string;
  /** Set by the driver where the connection has a `query_timeout`: its clock stops with the call. */
  callback?: (error: Error | null) => void;
  readonly #values: readonly string[];
  readonly #rows: TextRow[] = [];
  readonly #resolve: (rows: readonly TextRow[]) => void;
  readonly #reject: (error: Error) => void;

  constructor(
    { name, text }: Statement,
    values: readonly string[],
    resolve: (rows: readonly TextRow[]) => void,
    reject: (error: Error) => void,
  ) {
    this.name = name;
    this.text = text;
    this.#values = values;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(connection: Connection): void {
    const { stream, parsedStatements } = connection as DriverConnection;
    const { name, text } = this;
    const parse = parsedStatements[name] === undefined ? parseMessage(name, text) : '';
    if (stream.writable) stream.write(parse + bindAndExecute(name, this.#values), 'latin1');
  }

  handleDataRow({ fields }: { readonly fields: TextRow }): void {
    this.#rows.push(fields);
  }

  handleReadyForQuery(): void {
    this.callback?.(null);
    this.#resolve(this.#rows);
  }

  /** The statement failed, or the connection ended. */
  handleError(error: Error): void {
    this.callback?.(error);
    this.#reject(error);
  }

  /** Before the rows: nobody asks for a description. */
  handleRowDescription(): void {}

  handleCommandComplete(): void {}

  handleEmptyQuery(): void {}
}

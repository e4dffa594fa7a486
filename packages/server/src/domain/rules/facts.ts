/** What correlation found out about an event and the rules need to know. */
export interface RuleFacts {
  /** Another process of the same session is alive: it is open in two terminals. */
  otherProcessAlive: boolean;
  /** The event carries a session id that is new to this agent's chain. */
  sessionChanged: boolean;
  /** The agent had ended and this event brought it back. */
  revived: boolean;
}

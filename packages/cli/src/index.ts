/** What others use of the command line: the program itself. */
export {};

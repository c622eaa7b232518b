/** Is this a failed system call with this code, such as ENOENT? */
export function isErrno(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && (thrown as NodeJS.ErrnoException).code === code;
}

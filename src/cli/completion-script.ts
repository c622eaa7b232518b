/** The words that may follow a command, by the names that lead to it. */
export interface Completable {
  readonly path: readonly string[];
  readonly words: readonly string[];
}

/** A script for bash; zsh runs the same one through its bash compatibility. Global options hold at every level. */
export function completionScript(shell: "bash" | "zsh", commands: readonly Completable[]): string {
  const shared = commands.find(({ path }) => path.length === 0)?.words.filter((word) => word.startsWith("--")) ?? [];
  const cases = commands.map(({ path, words }) => {
    const offered = [...new Set([...words, ...shared])].join(" ");
    return `    "${path.join(" ")}") words="${offered}" ;;`;
  });
  return [
    ...(shell === "zsh" ? ["autoload -U +X bashcompinit && bashcompinit"] : []),
    "_slipway() {",
    '  local path="" word words=""',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    case "$word" in -*) ;; *) path="${path:+$path }$word" ;; esac',
    "  done",
    "  # Arguments after a command are not commands: the longest known beginning decides.",
    '  while [ -n "$path" ]; do',
    `    case "$path" in ${commands.flatMap(({ path }) => (path.length === 0 ? [] : [`"${path.join(" ")}"`])).join("|")}) break ;; esac`,
    '    case "$path" in *" "*) path="${path% *}" ;; *) path="" ;; esac',
    "  done",
    '  case "$path" in',
    ...cases,
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    "}",
    "complete -o default -F _slipway slipway",
  ].join("\n");
}

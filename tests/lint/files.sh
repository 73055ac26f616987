# Sourced by the checks; all of them work on paths below the repository's root.
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# files [PATTERN...] prints the repository's files, also those not yet added,
# one a line.
files() {
  local file
  git ls-files --cached --others --exclude-standard -- "$@" | sort -u |
    while IFS= read -r file; do
      [[ ! -f $file ]] || printf '%s\n' "$file"
    done
}

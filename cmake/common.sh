# Sourced by app/run, tests/run, tests/lint/run and .ci/run: which packages the
# project needs, how they are installed, and how a preset is built. Everything
# here speaks on stderr, so that stdout belongs to the program that is run.

kv_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
kv_jobs=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}

# What one clone has compiled serves the next one, wherever it lies.
export CCACHE_BASEDIR=$kv_root CCACHE_NOHASHDIR=1
export CCACHE_SLOPPINESS=pch_defines,time_macros

# Debian's names, by what they are for.
declare -A kv_packages=(
  [build]="g++ cmake ninja-build ccache libcaf-dev nlohmann-json3-dev
           libcli11-dev libspdlog-dev libboost1.81-dev libjemalloc-dev
           libssl-dev libhiredis-dev libedit-dev libleveldb-dev
           liburing-dev
           pkg-config"
  [tests]="catch2 dpkg-dev erlang-base file librapidcheck-dev man-db
           netcat-openbsd openssl python3 python3-redis redis-server
           redis-tools strace"
  [node]="nodejs npm"
  [clang]="clang libclang-rt-14-dev"
  [lint]="clang-format clang-tidy doxygen"
  [bench]="elixir erlang-base libbenchmark-dev redis-server redis-tools"
  [bench_ets]="libtbb-dev libcuckoo-dev libcds-dev libabsl-dev"
)

# kv_step COMMAND ARG... shows the command on stderr, then runs it.
kv_step() {
  echo "+ $*" >&2
  "$@"
}

# kv_die TEXT... ends the script with the status of a wrong call.
kv_die() {
  echo "$(basename "$(dirname "$0")")/$(basename "$0"): $*" >&2
  exit 2
}

# kv_missing PACKAGE... prints those that are not installed.
kv_missing() {
  local installed package
  installed=" $(dpkg-query -W -f '${db:Status-Status}=${Package} ' "$@" \
    2>/dev/null) " || true
  for package; do
    [[ $installed == *" installed=$package "* ]] || echo "$package"
  done
}

# kv_need GROUP... installs what is missing of these groups of packages.
kv_need() {
  local group missing as=()
  command -v dpkg-query >/dev/null || return 0 # Not Debian: CMake will tell.
  local wanted=()
  for group; do
    read -r -d '' -a group <<<"${kv_packages[$group]}" || true
    wanted+=("${group[@]}")
  done
  mapfile -t missing < <(kv_missing "${wanted[@]}")
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    if ! sudo -n true 2>/dev/null; then
      echo "Missing packages. Install them, then run this again:" >&2
      echo "  sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
      exit 2
    fi
    as=(sudo -n)
  fi
  kv_step "${as[@]}" apt-get -q update >&2 || true # A stale list may still do.
  kv_step "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y \
    --no-install-recommends "${missing[@]}" >&2 || kv_die "cannot install packages"
}

# kv_configure PRESET runs CMake where Ninja would not do so by itself: for the
# first time, for changed presets, or after the tree was moved.
kv_configure() {
  local dir=$kv_root/build/$1 fresh=()
  if [[ -f $dir/build.ninja ]] &&
    cmp -s "$kv_root/CMakePresets.json" "$dir/.presets" &&
    grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$kv_root" "$dir/CMakeCache.txt"
  then
    return 0
  fi
  [[ ! -f $dir/CMakeCache.txt ]] || fresh=(--fresh)
  (cd "$kv_root" && kv_step cmake --preset "$1" "${fresh[@]}" 1>/dev/null)
  cp "$kv_root/CMakePresets.json" "$dir/.presets"
}

# kv_build PRESET [TARGET] builds what is stale. One build of a preset at a
# time; a terminal sees Ninja's progress, a log file only what goes wrong.
kv_build() {
  local target=()
  (($# < 2)) || target=(--target "$2")
  mkdir -p "$kv_root/build/$1"
  (
    flock 9
    kv_configure "$1"
    cd "$kv_root"
    set -o pipefail
    if [[ -t 2 ]]; then
      kv_step cmake --build --preset "$1" "${target[@]}" -j "$kv_jobs" >&2
    else
      kv_step cmake --build --preset "$1" "${target[@]}" -j "$kv_jobs" \
        -- --quiet 2>&1 | { grep -vxF 'ninja: no work to do.' >&2 || true; }
    fi
  ) 9>"$kv_root/build/$1/.lock"
}

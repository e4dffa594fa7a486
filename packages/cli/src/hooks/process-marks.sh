# The process of Claude Code: the nearest ancestor that is no shell. A shell started with
# `sh -c` may or may not have replaced itself by this script. Field 22 of /proc/PID/stat is its
# start time; the name in field 2 may contain spaces and brackets.
pid=$PPID
start=
ancestor=$PPID
# Read before, where the parent may be gone by now.
stat=${hs_parent-}
for step in 1 2 3 4; do
  [ -n "$stat" ] || read -r stat <"/proc/$ancestor/stat" || break
  name=${stat#*\(}
  set -- ${stat##*\) }
  case ${name%\)*} in
    sh | dash | bash | zsh | ash | ksh | fish | busybox | env | timeout) ancestor=$2 stat= ;;
    *)
      pid=$ancestor
      shift 19
      start=$1
      break
      ;;
  esac
done
# Start of process 1 in this boot: another value means another machine, boot or pid namespace.
namespace=
read -r boot </proc/sys/kernel/random/boot_id && read -r stat </proc/1/stat && {
  set -- ${stat##*\) }
  shift 19
  namespace=$boot:$1
}

# The guardian runs one PostgreSQL server for the process that holds the other end of standard input, and outlives it
# just long enough to stop the server and clear up: a process that was killed with SIGKILL can't do that itself, but the
# kernel closes its end of the pipe whatever happened to it. The guardian is a shell script and not a copy of our own
# program because the process to be guarded may be any test binary; PostgreSQL needs /bin/sh anyway.
#
# Arguments: HOME SOCKETS BIN KEEP [options of postgres]
#   HOME     the server's folder: HOME/data is its data folder, HOME/log its log
#   SOCKETS  the folder of its Unix socket; HOME, where that path is short enough
#   BIN      the folder that holds initdb and postgres
#   KEEP     "keep" leaves HOME alone at the end, "remove" removes it. A folder to be removed must not exist before.
# Standard input: one line with the password of the superuser. A line "keep" after it lets the server outlive its owner,
#   and is answered by making HOME/kept; the end of input stops the server.
# Descriptor 3: a file with a lock on it, which is held for as long as the guardian or its owner lives.
# Standard error: why it failed, with the end of the server's log.

unset PGASSAY_GUARDIAN
umask 077
ulimit -c 0
trap '' PIPE # the shell may say what became of a child, to an owner that has gone
exec 4<&0 </dev/null
home=$1 sockets=$2 bin=$3 keep=$4
shift 4
child=

# An immediate shutdown writes nothing, which is right for a folder that goes away; a fast one keeps what is in memory.
signal=INT
[ "$keep" = remove ] && signal=QUIT

# nap sleeps for a moment; not every sleep takes fractions.
nap() { sleep 0.05 2>/dev/null || sleep 1; }

# watch stops process $1 when standard input ends, or ends itself when it may live on. It is killed when the process is
# gone, so that its number can't name another one. A server that won't stop gets a stronger signal every 30 seconds.
watch() {
	while IFS= read -r line; do
		[ "$line" = keep ] && : >"$home/kept" && exit
	done
	started=$(date +%s)
	strength=$signal
	# Again and again, because a shell starts its children with SIGINT and SIGQUIT ignored: it takes them a moment until
	# they listen. What has heard a signal once does not mind a second one.
	while kill -s "$strength" "$1" 2>/dev/null; do
		nap
		case $(($(date +%s) - started)) in
		[12]? | ?) ;;
		[345]?) strength=QUIT ;;
		*) strength=KILL && forget_memory ;;
		esac
	done
}

# forget_memory removes the System V shared memory that a server killed with SIGKILL leaves; line 7 of its lock file
# names it.
forget_memory() {
	segment=$(sed -n '7s/^ *[0-9]* *//p' "$home/data/postmaster.pid" 2>/dev/null)
	[ -n "$segment" ] && ipcrm -m "$segment" 2>/dev/null
}

# run runs a command under watch and returns its status.
run() {
	"$@" </dev/null >>"$home/log" 2>&1 3<&- 4<&- &
	child=$!
	(watch "$child") <&4 3<&- 4<&- >/dev/null 2>&1 &
	watcher=$!
	while :; do
		wait "$child"
		status=$?
		kill -0 "$child" 2>/dev/null || break # a signal of our own interrupts wait
	done
	child=
	kill -s KILL "$watcher" 2>/dev/null
	wait "$watcher" 2>/dev/null
	return "$status"
}

serve() {
	if [ ! -e "$home/data" ]; then
		rm -rf "$home/data.new"
		(printf '%s\n' "$password" >"$home/password") || return 1
		run "$bin/initdb" -D "$home/data.new" -U pgassay -A scram-sha-256 --pwfile="$home/password" \
			-E UTF8 --no-locale $sync
		status=$?
		rm -f "$home/password"
		[ "$status" = 0 ] && mv "$home/data.new" "$home/data" || return 1
	fi
	run "$bin/postgres" -D "$home/data" "$@"
}

# The machine goes down, or somebody wants this server stopped.
trap '[ -n "$child" ] && kill -s "$signal" "$child" 2>/dev/null' HUP INT TERM

IFS= read -r password <&4 || exit 1 # nobody is there any more, and nothing has been made yet

sync=
if [ "$keep" = remove ]; then
	sync=--no-sync
	mkdir "$home" || exit 1
elif [ -e "$home/log" ]; then
	mv -f "$home/log" "$home/log.old" # one start back is enough
fi
# A folder of this name can only be what a guardian that was killed left, or somebody else's: then mkdir says so.
[ "$sockets" = "$home" ] || { rm -rf "$sockets" && mkdir "$sockets"; } || { [ "$keep" = remove ] && rm -rf "$home"; exit 1; }

serve "$@"
status=$?
[ "$status" = 0 ] || tail -n 30 "$home/log" >&2 2>/dev/null

[ "$sockets" = "$home" ] || rm -rf "$sockets"
rm -rf "$home/data.new"
if [ "$keep" = remove ]; then
	tries=0
	until rm -rf "$home" 2>/dev/null || [ "$tries" -ge 100 ]; do # the last children may still be writing
		tries=$((tries + 1))
		nap
	done
fi
exit "$status"

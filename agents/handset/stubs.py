"""The commands of a phone that belong to Android's framework: thin stubs that ask it.

A stub sends the number of its words, then the words (its own name first), each ended by NUL, then
what stands on its standard input if the call is one that reads it. The answer is a piece of shell
that prints, writes and exits, so that output, errors and exit status each go where they belong,
with the rights of the phone's own shell.
"""

from typing import Final

SOCKET: Final = "/dev/socket/framework"

# The answer's last line; an answer without it was cut off and is not carried out.
END: Final = "# end"

COMMANDS: Final = (
    *(
        "am",
        "appops",
        "cmd",
        "content",
        "dpm",
        "dumpsys",
        "getprop",
        "ime",
        "input",
        "locksettings",
    ),
    *("logcat", "monkey", "pm", "reboot", "screencap", "service", "setprop", "settings", "svc"),
    *("pidof", "uiautomator", "wm"),
)

# Only calls that read their standard input are given it: a stub in the middle of a script must
# leave the rest of the script alone.
STUB: Final = f"""\
#!/system/bin/sh
set -- "${{0##*/}}" "$@"
answer=$({{
print -n "$#\\0"
for word; do print -rn -- "$word"; print -n '\\0'; done
case "$*" in 'content write '*|*' -S '*) exec /system/bin/toybox cat ;; esac
}} | /system/bin/toybox nc -U {SOCKET} 2>/dev/null)
case $answer in
*'{END}') eval "$answer" ;;
esac
print -ru2 -- "cmd: Failure calling service $1: Broken pipe (32)"
exit 224
"""

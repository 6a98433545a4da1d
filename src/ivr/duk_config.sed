# Debian's duk_config.h -> ours: an interrupt that asks script.c whether the budget is spent, our clock, shallow native recursion.
s/^#undef DUK_USE_INTERRUPT_COUNTER$/#define DUK_USE_INTERRUPT_COUNTER/
s/^#undef DUK_USE_EXEC_TIMEOUT_CHECK$/extern int script_interrupt(void *udata);\n#define DUK_USE_EXEC_TIMEOUT_CHECK(udata) script_interrupt(udata)/
s/^#define DUK_USE_DATE_NOW_GETTIMEOFDAY$//
s/^#undef DUK_USE_DATE_GET_NOW$/extern double script_now_ms(void *duk);\n#define DUK_USE_DATE_GET_NOW(duk) script_now_ms(duk)/
s/^#define DUK_USE_REGEXP_\(COMPILER\|EXECUTOR\)_RECLIMIT 10000$/#define DUK_USE_REGEXP_\1_RECLIMIT 1000/
s/^#define DUK_USE_COMPILER_RECLIMIT 2500$/#define DUK_USE_COMPILER_RECLIMIT 500/
s/^#define DUK_USE_\(NATIVE_CALL\|JSON_DEC\|JSON_ENC\)_RECLIMIT 1000$/#define DUK_USE_\1_RECLIMIT 200/

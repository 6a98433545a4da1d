/* govhotline.c - the shared library's own translation unit: its version. */
#include <govhotline/govhotline.h>

const char *ghl_version(void)
{
	return GHL_VERSION;
}

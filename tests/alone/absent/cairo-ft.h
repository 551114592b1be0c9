#error "This host has no <cairo-ft.h>: what needs it belongs into app/export or app/platform"

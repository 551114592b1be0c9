#error "This host has no <cairo.h>: what needs it belongs into app/export or app/platform"

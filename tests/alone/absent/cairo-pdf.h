#error "This host has no <cairo-pdf.h>: what needs it belongs into app/export or app/platform"

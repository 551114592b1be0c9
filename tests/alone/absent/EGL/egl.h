#error "This host has no <EGL/egl.h>: what needs it belongs into app/export or app/platform"

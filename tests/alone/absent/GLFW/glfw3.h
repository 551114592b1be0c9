#error "This host has no <GLFW/glfw3.h>: what needs it belongs into app/export or app/platform"

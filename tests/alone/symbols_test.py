"""What the libraries for a host with one thread ask of the machine: no cairo, EGL, GLFW, no threads that block, no files,
locks or processes of POSIX."""
import re
import subprocess
import sys

nm, libraries = sys.argv[1], sys.argv[2:]
forbidden = re.compile(
    r"^(cairo_\w+|egl[A-Z]\w+|glfw[A-Z]\w+"
    r"|_ZNSt6thread\w+|_ZNSt18condition_variable\w+|pthread_(create|join|cond)\w*|nanosleep|sched_yield"
    r"|open|openat|creat|read|write|pread|pwrite|close|fsync|fdatasync|ftruncate|flock|fcntl|mmap|munmap|madvise"
    r"|f?stat|lstat|statfs|rename|unlink|link|getrandom|getpid|gethostname|getrlimit|sysconf|isatty|ioctl"
    r"|fork|vfork|exec\w+|posix_spawn\w*|waitpid|kill|signal|sigaction|pipe2?|popen|system)(64)?$")
wrong = []
for library in libraries:
    listing = subprocess.run([nm, "--undefined-only", "--format=posix", library], capture_output=True, text=True, check=True)
    names = {line.split()[0] for line in listing.stdout.splitlines() if " U" in line}
    assert len(names) > 20, f"{library}: nm lists {len(names)} names"
    wrong += [f"{library.rsplit('/', 1)[1]} asks for {name}" for name in sorted(names) if forbidden.match(name)]
sys.exit("\n".join(wrong) or 0)

#include "app/platform/display.h"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>
#include <string>

#if !defined(_WIN32)
#include <pwd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#endif

#include "core/in_quotes.h"

namespace gatescope::platform {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

#if !defined(_WIN32)

/// What DISPLAY names, as in ":0", "unix:1.0" or "localhost:10".
struct XDisplay {
  std::string host;
  int number = 0;
  bool local() const { return host.empty() || host == "unix"; }
};

std::optional<XDisplay> parse_display(const std::string& name) {
  const std::size_t colon = name.rfind(':');
  if (colon == name.npos) return std::nullopt;
  XDisplay display{name.substr(0, colon), 0};
  std::size_t at = colon + 1;
  for (; at < name.size() && name[at] >= '0' && name[at] <= '9' && at < colon + 7; ++at)
    display.number = 10 * display.number + (name[at] - '0');
  if (at == colon + 1 || (at < name.size() && name[at] != '.')) return std::nullopt;
  return display;
}

/// 0 where something answers at the socket, else the error's number.
int connect_to(const std::string& path, bool abstract) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t skipped = abstract ? 1 : 0;
  if (path.size() + skipped >= sizeof address.sun_path) return ENAMETOOLONG;
  std::memcpy(address.sun_path + skipped, path.data(), path.size());
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (socket < 0) return errno;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + skipped + path.size());
  const int error = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), length) == 0 ? 0 : errno;
  ::close(socket);
  return error;
}

std::string user() {
  const passwd* entry = ::getpwuid(::geteuid());
  return entry != nullptr && entry->pw_name != nullptr ? entry->pw_name : "USER";
}

/// An X server answers and does not let us in: the keys are in a file.
std::string refused() {
  std::string keys = variable("XAUTHORITY");
  if (keys.empty()) keys = variable("HOME") + "/.Xauthority";
  const bool readable = ::access(keys.c_str(), R_OK) == 0;
  const std::string why = readable ? fmt::format("{} has no key that it takes", in_quotes(keys))
                                   : fmt::format("{}: {}", in_quotes(keys), std::strerror(errno));
  return fmt::format(
      "its X server answers and does not let this user in ({}); set XAUTHORITY to the file with its key, or "
      "let "
      "its owner run: xhost +si:localuser:{}",
      why, user());
}

std::string x_trouble(const std::string& name, std::string_view reason) {
  const auto display = parse_display(name);
  if (!display) return "a display is written HOST:NUMBER or :NUMBER, as in DISPLAY=:0";
  if (!display->local())
    return fmt::format("no X server at {} lets this program in ({}); check the host, or connect with ssh -X",
                       name, reason);
  const std::string path = fmt::format("/tmp/.X11-unix/X{}", display->number);
#if defined(__linux__)
  if (connect_to(path, true) == 0) return refused();
#endif
  switch (const int error = connect_to(path, false)) {
    case 0:
      return refused();
    case ENOENT:
      return fmt::format("no X server runs there ({} is missing); set DISPLAY to one that runs, as in :0",
                         path);
    case ECONNREFUSED:
      return fmt::format("its X server has ended ({} is left); set DISPLAY to one that runs, as in :0", path);
    default:
      return fmt::format("its X server cannot be reached ({}: {})", path, std::strerror(error));
  }
}

std::string wayland_trouble(std::string_view reason, std::string_view library) {
  if (library.find("Wayland") == library.npos)
    return fmt::format(
        "the GLFW of this machine knows X11 alone ({}), and DISPLAY is empty; start Xwayland, which sets "
        "DISPLAY, "
        "or install libglfw3-wayland",
        library);
  return fmt::format("no compositor answers there ({}); it should be a socket in XDG_RUNTIME_DIR ({})",
                     reason, in_quotes(variable("XDG_RUNTIME_DIR")));
}

#endif

}  // namespace

#if defined(_WIN32) || defined(__APPLE__)

bool display_named() {
  return true;
}
std::string display_name() {
  return "this desktop";
}
std::string display_trouble(std::string_view reason, std::string_view) {
  return fmt::format("no display: no window can be shown here ({}); {}", reason, kWithoutWindow);
}

#else

bool display_named() {
  return !variable("DISPLAY").empty() || !variable("WAYLAND_DISPLAY").empty();
}

std::string display_name() {
  const std::string x = variable("DISPLAY");
  return "display " + in_quotes(!x.empty() ? x : variable("WAYLAND_DISPLAY"));
}

std::string display_trouble(std::string_view reason, std::string_view library) {
  const std::string x = variable("DISPLAY"), wayland = variable("WAYLAND_DISPLAY");
  if (!display_named())
    return fmt::format("no display: DISPLAY and WAYLAND_DISPLAY are empty, so no window can be shown; {}",
                       kWithoutWindow);
  if (x.empty())
    return fmt::format("no display: WAYLAND_DISPLAY is {}, and {}; {}", in_quotes(wayland),
                       wayland_trouble(reason, library), kWithoutWindow);
  return fmt::format("no display: DISPLAY is {}, and {}; {}", in_quotes(x), x_trouble(x, reason),
                     kWithoutWindow);
}

#endif

}  // namespace gatescope::platform

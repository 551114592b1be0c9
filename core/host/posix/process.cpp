#include "core/host/process.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>

#include "core/error.h"

namespace gatescope::host {
namespace fs = std::filesystem;
namespace {

std::string line_of(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

Process this_process() {
  std::error_code code;
  const std::string id = std::to_string(::getpid());
  return {line_of("/etc/machine-id") + " " + machine_name(), line_of("/proc/sys/kernel/random/boot_id"),
          fs::read_symlink("/proc/self/ns/pid", code).string(), id, start_of(id)};
}

/// In ticks since the boot.
std::string start_of(const std::string& id) {
  const std::string line = line_of("/proc/" + id + "/stat");
  const std::size_t name = line.rfind(')');  // the name before may hold anything
  if (name == std::string::npos || name + 2 >= line.size() || line[name + 2] == 'Z') return {};
  std::size_t at = name + 1;
  for (int field = 3; field < 22; ++field) at = line.find(' ', at + 1);
  if (at == std::string::npos) return {};
  return line.substr(at + 1, line.find(' ', at + 1) - at - 1);
}

std::string program_of(const std::string& id) {
  return line_of("/proc/" + id + "/comm");
}

void pause(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
}

std::string machine_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::string own_command() {
  std::ifstream in("/proc/self/cmdline", std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  std::string command = all.str();
  while (!command.empty() && command.back() == '\0') command.pop_back();
  std::ranges::replace(command, '\0', ' ');
  std::ranges::replace(command, '\n', ' ');
  return command;
}

std::uint64_t random_name(const fs::path& place) {
  std::uint64_t number = 0;
  for (;;) {
    const ssize_t got = ::getrandom(&number, sizeof number, 0);
    if (got == sizeof number) return number;
    if (got < 0 && errno != EINTR)
      fail("'{}' cannot be written: no random name: {}", place.string(), std::strerror(errno));
  }
}

}  // namespace gatescope::host

#include "core/host/process.h"

#include <random>

#include "core/error.h"

namespace gatescope::host {

Process this_process() {
  return {};
}

std::string start_of(const std::string&) {
  return {};
}

std::string program_of(const std::string&) {
  return {};
}

void pause(std::chrono::milliseconds) {}

std::string machine_name() {
  return {};
}

std::string own_command() {
  return {};
}

std::uint64_t random_name(const std::filesystem::path& place) {
  try {
    std::random_device device;
    const std::uint64_t high = device();
    return high << 32 | device();
  } catch (const std::exception& error) {
    fail("'{}' cannot be written: no random name: {}", place.string(), error.what());
  }
}

}  // namespace gatescope::host

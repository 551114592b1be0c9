#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

/// What core needs of the machine beyond standard C++, once for POSIX (posix/) and once for a host that has
/// none of it (plain/): core/files.h, core/file_memory.h and core/memory.h are implemented there as well.
namespace gatescope::host {

/// A process, told apart from all others: of other machines, other boots, other containers, and later ones of
/// the same number. Words are empty where the host does not say.
struct Process {
  std::string machine, boot, space, id, start;

  bool operator==(const Process&) const = default;
};

Process this_process();
/// When a process of this machine began; empty where there is none, or it has ended.
std::string start_of(const std::string& id);
/// The name of the program that it runs; empty where there is none.
std::string program_of(const std::string& id);

/// Waits, where the host can.
void pause(std::chrono::milliseconds time);

std::string machine_name();
/// The command line that started this process, in one line.
std::string own_command();

/// 64 random bits, for the name of a new file in or beside `place`. Throws Error that names the place.
std::uint64_t random_name(const std::filesystem::path& place);

}  // namespace gatescope::host

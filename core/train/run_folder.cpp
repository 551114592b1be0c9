#include "core/train/run_folder.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/experiment/text.h"
#include "core/files.h"
#include "core/in_quotes.h"
#include "core/nn/layer.h"

namespace gatescope::train {
namespace fs = std::filesystem;
namespace {

constexpr const char* kLockFile = ".lock";
constexpr const char* kUnfinished = ".earlier";  // an earlier-N that is not complete yet
constexpr const char* kMoving = ".moving";  // in an earlier-N: the files that are to leave the run's folder

/// N of a name such as earlier-N or gru-2; none for other names.
std::optional<int> number_after(std::string_view name, std::string_view begin) {
  if (!name.starts_with(begin)) return std::nullopt;
  name.remove_prefix(begin.size());
  int number = 0;
  const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (code != std::errc{} || end != name.data() + name.size() || number < 1 || name[0] == '0')
    return std::nullopt;
  return number;
}

/// Whether a run writes files of this name.
bool is_of_a_run(const fs::path& name) {
  if (name == kExperimentFile || name == kMetricsFile || name == kStateFile) return true;
  const std::string stem = name.stem().string();
  if (name.extension() == ".csv") return number_after(stem, "metrics-damaged-").has_value();
  if (name.extension() != ".safetensors") return false;
  return stem == "model" || std::ranges::any_of(nn::all_cells(), [&](const nn::CellInfo* info) {
           const std::string cell(info->key);
           return stem == cell || number_after(stem, cell + "-").has_value();
         });
}

/// Whether a copy of a piped text may have this name.
bool may_be_own_text(const fs::path& name) {
  return name == experiment::kTextFile ||
         (name.extension() == ".txt" && number_after(name.stem().string(), "text-"));
}

/// The copy of a piped text that belongs to the run in this folder; empty where there is none.
fs::path own_text_in(const fs::path& folder) {
  try {
    const auto experiment = experiment::load_experiment(folder / kExperimentFile);
    if (experiment::is_own_copy(experiment.task) && may_be_own_text(experiment.task.text))
      return experiment.task.text;
  } catch (const Error&) {
    // What is no experiment has no text.
  }
  return {};
}

/// What is in a folder. Throws Error where that cannot be told: it is not empty then.
fs::directory_iterator entries_of(const fs::path& folder) {
  std::error_code code;
  fs::directory_iterator entries(folder, code);
  if (code) fail("the folder '{}' cannot be read: {}", folder.string(), code.message());
  return entries;
}

std::vector<fs::path> files_of_a_run(const fs::path& folder) {
  std::vector<fs::path> names;
  std::error_code code;
  const fs::path own_text = own_text_in(folder);
  for (const auto& entry : entries_of(folder)) {
    const auto type = entry.symlink_status(code).type();
    const bool file = type == fs::file_type::regular || type == fs::file_type::symlink;
    const fs::path name = entry.path().filename();
    if (file && (is_of_a_run(name) || (!own_text.empty() && name == own_text))) names.push_back(name);
  }
  // The experiment first: without it, what is left of a run is none.
  std::ranges::sort(names, [](const fs::path& a, const fs::path& b) {
    return std::pair(a != kExperimentFile, a) < std::pair(b != kExperimentFile, b);
  });
  return names;
}

void sync(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);  // not everywhere possible for folders
  ::close(descriptor);
}

/// Another name for the same file; a copy where the file system has no second names.
void give(const fs::path& file, const fs::path& folder) {
  const fs::path to = folder / file.filename();
  if (fs::is_symlink(fs::symlink_status(file))) {
    const fs::path target = fs::read_symlink(file);
    return fs::create_symlink(target.is_absolute() ? target : ".." / target, to);
  }
  std::error_code code;
  fs::create_hard_link(file, to, code);
  if (!code) return sync(to);
  fs::copy_file(file, to);
  fs::last_write_time(to, fs::last_write_time(file), code);
  sync(to);
}

bool same_bytes(const fs::path& a, const fs::path& b) {
  std::error_code code;
  if (fs::is_symlink(fs::symlink_status(a, code)) || fs::is_symlink(fs::symlink_status(b, code)))
    return fs::is_symlink(fs::symlink_status(a, code)) && fs::is_symlink(fs::symlink_status(b, code));
  if (fs::equivalent(a, b, code)) return true;
  if (!fs::is_regular_file(a, code) || !fs::is_regular_file(b, code)) return false;
  if (fs::file_size(a, code) != fs::file_size(b, code)) return false;
  std::ifstream one(a, std::ios::binary), other(b, std::ios::binary);
  std::array<char, 1 << 16> left, right;
  for (;;) {
    one.read(left.data(), left.size());
    other.read(right.data(), right.size());
    if (one.gcount() != other.gcount()) return false;
    if (!std::equal(left.begin(), left.begin() + one.gcount(), right.begin())) return false;
    if (one.gcount() == 0) return one.eof() && other.eof();
  }
}

/// Removes from a folder the files that another one has, too.
void remove_doubles(const std::vector<fs::path>& names, const fs::path& from, const fs::path& other) {
  for (const fs::path& name : names)
    if (same_bytes(from / name, other / name)) fs::remove(from / name);
}

/// The files that a folder earlier-N was to take over; none where it has done so.
std::optional<std::vector<fs::path>> moving(const fs::path& earlier) {
  std::error_code code;
  const fs::path list = earlier / kMoving;
  if (!fs::is_directory(fs::symlink_status(earlier, code)) ||
      !fs::is_regular_file(fs::symlink_status(list, code)))
    return std::nullopt;
  std::vector<fs::path> names;
  std::istringstream lines(read_file(list, 1 << 16));
  for (std::string line; std::getline(lines, line);)
    if (line.find('/') == std::string::npos && (is_of_a_run(line) || may_be_own_text(line)))
      names.emplace_back(line);
  return names;
}

std::vector<int> earlier_numbers(const fs::path& folder) {
  std::vector<int> numbers;
  for (const auto& entry : entries_of(folder))
    if (const auto number = number_after(entry.path().filename().native(), "earlier-"))
      numbers.push_back(*number);
  std::ranges::sort(numbers);
  return numbers;
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

/// Who this process is, for whoever finds the folder locked: a line each.
std::string own_description() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  return fmt::format("{}\n{}\n{:%Y-%m-%d %H:%M:%S} UTC\n{}\n", ::getpid(), host.data(), utc, own_command());
}

std::string holder(int descriptor) {
  std::string text(4096, '\0');
  const ssize_t got = ::pread(descriptor, text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  std::istringstream lines(text);
  std::string pid, host, since, command;
  if (!std::getline(lines, pid) || !std::getline(lines, host) || !std::getline(lines, since))
    return "another process";
  std::getline(lines, command);
  return fmt::format("process {} on {}, since {}: {}", printable(pid), printable(host), printable(since),
                     in_quotes(command, 200));
}

}  // namespace

RunFolder::RunFolder(fs::path path, Use use) : path_(std::move(path)) {
  std::error_code code;
  if (use == Use::begin) {
    fs::create_directories(path_, code);
    std::error_code other;
    if (!fs::is_directory(path_, other)) {
      fail("the folder '{}' cannot be made: {}", path_.string(),
           code ? code.message() : "a file has this name");
    }
  } else if (!fs::is_directory(path_, code)) {
    fail("'{}': no such file, so there is no run to go on with", (path_ / kExperimentFile).string());
  }
  lock(use);
  try {
    heal();
    if (use == Use::go_on && !fs::exists(path_ / kExperimentFile, code)) {
      const fs::path earlier = newest_earlier();
      if (earlier.empty())
        fail("'{}': no such file, so there is no run to go on with", (path_ / kExperimentFile).string());
      fail("'{}': no such file: the run in this folder was never begun; the one before it is in '{}'",
           (path_ / kExperimentFile).string(), earlier.string());
    }
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

RunFolder::RunFolder(RunFolder&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      locked_(other.locked_) {}

RunFolder::~RunFolder() {
  if (descriptor_ < 0) return;
  if (locked_ && ::ftruncate(descriptor_, 0) != 0) {
    // What it says of us is not read once the lock is gone.
  }
  ::close(descriptor_);
}

void RunFolder::lock(Use use) {
  const fs::path file = path_ / kLockFile;
  for (int attempt = 0; attempt < 100; ++attempt) {
    struct stat there {};
    // A link or a pipe of this name would lead elsewhere.
    if (::lstat(file.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) ::unlink(file.c_str());
    constexpr int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | flags, 0666);
    if (descriptor_ < 0 && errno == EACCES) descriptor_ = ::open(file.c_str(), O_RDONLY | flags);
    if (descriptor_ < 0 && (errno == EINTR || errno == ELOOP || errno == ENXIO)) continue;
    if (descriptor_ < 0) {
      fail("the folder '{}' cannot be written to: {}{}", path_.string(), std::strerror(errno),
           use == Use::go_on ? "; --out names another folder to go on in" : "");
    }
    int result = 0;
    do {
      result = ::flock(descriptor_, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    if (result != 0 && errno == EWOULDBLOCK) {
      const std::string who = holder(descriptor_);
      ::close(std::exchange(descriptor_, -1));
      fail(
          "the folder '{}' is in use by {}. Wait until it ends or stop it, or train into another folder with "
          "--out; the folder is free as soon as that process is gone",
          path_.string(), who);
    }
    locked_ = result == 0;
    // Somebody may have removed the file between its opening and its locking.
    struct stat ours {};
    if (::fstat(descriptor_, &ours) == 0 && ::lstat(file.c_str(), &there) == 0 &&
        ours.st_ino == there.st_ino && ours.st_dev == there.st_dev)
      break;
    ::close(std::exchange(descriptor_, -1));
  }
  if (descriptor_ < 0)
    fail("the folder '{}' cannot be locked: '{}' keeps changing", path_.string(), file.string());
  if (!locked_) return;
  const std::string description = own_description();
  // For people alone; a full disk is told of where it matters.
  if (::ftruncate(descriptor_, 0) == 0 &&
      ::pwrite(descriptor_, description.data(), description.size(), 0) < 0)
    return;
}

void RunFolder::heal() const {
  remove_unfinished(path_);
  std::error_code code;
  const fs::path unfinished = path_ / kUnfinished;
  if (fs::is_directory(fs::symlink_status(unfinished, code))) {
    for (const fs::path& name : files_of_a_run(unfinished)) fs::remove(unfinished / name, code);
    for (const auto& entry : fs::directory_iterator(unfinished, code))
      if (may_be_own_text(entry.path().filename())) fs::remove(entry.path(), code);
    fs::remove(unfinished / kMoving, code);
    remove_unfinished(unfinished);
    fs::remove(unfinished, code);
  }
  for (const int number : earlier_numbers(path_)) {
    const fs::path earlier = path_ / fmt::format("earlier-{}", number);
    const auto names = moving(earlier);
    if (!names) continue;
    // Nothing has left the folder as long as the experiment is there: the run stays. Else it is moved.
    if (fs::exists(path_ / kExperimentFile, code)) {
      remove_doubles(*names, earlier, path_);
      fs::remove(earlier / kMoving);
      fs::remove(earlier, code);
    } else {
      remove_doubles(*names, path_, earlier);
      sync(path_);
      fs::remove(earlier / kMoving);
    }
  }
}

std::optional<fs::path> RunFolder::set_aside() {
  const std::vector<fs::path> names = files_of_a_run(path_);
  if (names.empty()) return std::nullopt;
  const fs::path unfinished = path_ / kUnfinished;
  int number = 1;
  while (fs::exists(fs::symlink_status(path_ / fmt::format("earlier-{}", number)))) ++number;
  const fs::path earlier = path_ / fmt::format("earlier-{}", number);
  try {
    fs::create_directory(unfinished);
    std::string list;
    for (const fs::path& name : names) {
      give(path_ / name, unfinished);
      list += name.native() + "\n";
    }
    write_file(unfinished / kMoving, list, {.sync = true, .follow_links = false});
    fs::rename(unfinished, earlier);
    sync(path_);
    for (const fs::path& name : names) fs::remove(path_ / name);
    sync(path_);
    fs::remove(earlier / kMoving);
  } catch (const std::exception& error) {
    try {
      heal();
    } catch (const std::exception&) {
      // The next process tries again.
    }
    fail("the run in '{}' cannot be moved to '{}': {}", path_.string(), earlier.string(), error.what());
  }
  return earlier;
}

fs::path RunFolder::newest_earlier() const {
  const std::vector<int> numbers = earlier_numbers(path_);
  std::error_code code;
  for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) {
    const fs::path earlier = path_ / fmt::format("earlier-{}", *number);
    if (fs::exists(earlier / kExperimentFile, code)) return earlier;
  }
  return {};
}

}  // namespace gatescope::train

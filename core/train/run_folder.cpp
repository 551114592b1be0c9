#include "core/train/run_folder.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/experiment/text.h"
#include "core/files.h"
#include "core/host/growing_file.h"
#include "core/host/process.h"
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

/// Another name for the same file; a copy where the file system has no second names.
void give(const fs::path& file, const fs::path& folder) {
  const fs::path to = folder / file.filename();
  if (fs::is_symlink(fs::symlink_status(file))) {
    const fs::path target = fs::read_symlink(file);
    return fs::create_symlink(target.is_absolute() ? target : ".." / target, to);
  }
  std::error_code code;
  fs::create_hard_link(file, to, code);
  if (!code) return host::sync_to_disk(to);
  fs::copy_file(file, to);
  fs::last_write_time(to, fs::last_write_time(file), code);
  host::sync_to_disk(to);
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

/// Who this process is, for whoever finds the folder locked: a line each.
std::string own_description() {
  return fmt::format("{}\n{}\n{:%Y-%m-%d %H:%M:%S} UTC\n{}\n", host::this_process().id, host::machine_name(),
                     fmt::gmtime(std::time(nullptr)), host::own_command());
}

std::string holder(const host::LockFile& lock) {
  std::istringstream lines(lock.text());
  std::string pid, machine, since, command;
  if (!std::getline(lines, pid) || !std::getline(lines, machine) || !std::getline(lines, since))
    return "another process";
  std::getline(lines, command);
  return fmt::format("process {} on {}, since {}: {}", printable(pid), printable(machine), printable(since),
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
  heal();
  if (use == Use::go_on && !fs::exists(path_ / kExperimentFile, code)) {
    const fs::path earlier = newest_earlier();
    if (earlier.empty())
      fail("'{}': no such file, so there is no run to go on with", (path_ / kExperimentFile).string());
    fail("'{}': no such file: the run in this folder was never begun; the one before it is in '{}'",
         (path_ / kExperimentFile).string(), earlier.string());
  }
}

RunFolder::~RunFolder() {
  if (locked()) lock_->write("");  // what it says of us is not read once the lock is gone
}

bool RunFolder::locked() const {
  return lock_ && lock_->state() == host::LockFile::State::ours;
}

void RunFolder::lock(Use use) {
  using enum host::LockFile::State;
  const fs::path file = path_ / kLockFile;
  std::error_code code;
  for (int attempt = 0; attempt < 100; ++attempt) {
    // A link or a pipe of this name would lead elsewhere.
    const auto there = fs::symlink_status(file, code);
    if (fs::is_symlink(there) || fs::is_other(there)) fs::remove(file, code);
    lock_.emplace(file, host::LockFile::Open::shared);
    const bool other_kind = lock_->error() == std::errc::too_many_symbolic_link_levels ||
                            lock_->error() == std::errc::no_such_device_or_address;
    if (!lock_->is_open() && other_kind) continue;
    if (!lock_->is_open()) {
      fail("the folder '{}' cannot be written to: {}{}", path_.string(), lock_->error().message(),
           use == Use::go_on ? "; --out names another folder to go on in" : "");
    }
    if (lock_->state() == held) {
      fail(
          "the folder '{}' is in use by {}. Wait until it ends or stop it, or train into another folder with "
          "--out; the folder is free as soon as that process is gone",
          path_.string(), holder(*lock_));
    }
    // Somebody may have removed the file between its opening and its locking.
    if (lock_->is_at(file)) {
      if (locked()) lock_->write(own_description());  // for people alone; a full disk is told of elsewhere
      return;
    }
  }
  fail("the folder '{}' cannot be locked: '{}' keeps changing", path_.string(), file.string());
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
      host::sync_to_disk(path_);
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
    host::sync_to_disk(path_);
    for (const fs::path& name : names) fs::remove(path_ / name);
    host::sync_to_disk(path_);
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

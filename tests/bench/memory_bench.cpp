// The memory of a long training: RSS after 1e5, 1e6, 1e7 updates of a tiny model that writes its folder, and
// the size of its table. Run: build/release/tests/bench/memory_bench [UPDATES]

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "core/clock.h"
#include "core/train/run.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

double resident_megabytes() {
  std::ifstream in("/proc/self/statm");
  double pages = 0, resident = 0;
  in >> pages >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

void measure(std::uint64_t updates) {
  experiment::Experiment e;
  e.models[0].cell = "rnn";
  e.models[0].hidden = 1;
  e.training.batch = 1;
  e.training.steps = 1;
  e.training.evaluate_every = 0;
  e.task.text = "brackets.txt";
  std::shared_ptr<const task::Task> task =
      experiment::make_task(e, std::string(GATESCOPE_SOURCE_DIR) + "/assets/corpora");
  experiment::complete(e, task->interface());
  train::Run run(e, task, 1);
  std::string pattern = (fs::temp_directory_path() / "gatescope-memory-XXXXXX").string();
  const fs::path folder = mkdtemp(pattern.data());
  run.save(folder);
  const auto start = Clock::now();
  fmt::print("| updates | RSS (MB) | rows in memory | metrics.csv (MB) | seconds |\n|---|---|---|---|---|\n");
  for (std::uint64_t update = 1, next = 1000; update <= updates; ++update) {
    run.step();
    if (update != next) continue;
    run.save(folder);
    fmt::print("| {} | {:.1f} | {} | {:.1f} | {:.1f} |\n", update, resident_megabytes(),
               run.history().models()[0].rows.size(),
               static_cast<double>(fs::file_size(folder / train::kMetricsFile)) / 1e6, seconds_since(start));
    std::fflush(stdout);
    next *= 10;
  }
  const auto reading = Clock::now();
  train::read_history(folder / train::kMetricsFile);
  fmt::print("the table read again: {:.1f} s, RSS {:.1f} MB\n", seconds_since(reading), resident_megabytes());
  fs::remove_all(folder);
}

}  // namespace
}  // namespace gatescope

int main(int count, char** arguments) {
  gatescope::measure(count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 10'000'000);
}

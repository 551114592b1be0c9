#include <algorithm>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>

#include "app/cli/cli.h"
#include "app/cli/experiment_options.h"
#include "app/cli/numbers.h"
#include "app/cli/progress.h"
#include "app/platform/interrupt.h"
#include "app/platform/output.h"
#include "app/platform/paths.h"
#include "core/clock.h"
#include "core/files.h"
#include "core/math/product.h"
#include "core/train/trainer.h"

namespace gatescope::app {
namespace fs = std::filesystem;
namespace {

struct BenchOptions {
  std::string text = "tales.txt", json;
  std::vector<std::string> cells{"rnn", "gru", "lstm"};
  std::vector<Index> hidden{32, 64, 128, 256};
  int layers = 1, threads = usual_threads();
  Index batch = 32, steps = 64, heads = 1;
  double seconds = 1;
};

/// Single-precision rates in GFLOP/s: of our own product of 1024^3, and of multiplications with addition
/// between registers alone, which nothing can pass.
struct Rates {
  double product = 0, registers = 0;

  double best() const { return std::max(product, registers); }
};

struct Row {
  std::string cell;
  Index hidden;
  double chars_per_second, gflops;
  Rates machine;
};

double seconds_of(const auto& work) {
  const auto start = Clock::now();
  work();
  return seconds_since(start);
}

/// The better of both, each.
Rates best_of(const Rates& a, const Rates& b) {
  return {std::max(a.product, b.product), std::max(a.registers, b.registers)};
}

/// This machine's rates on all threads: the best of several runs.
Rates machine_rates(int threads) {
  constexpr Index n = 1024, rounds = 1 << 20;
  const Matrix<float> a = Matrix<float>::Random(n, n), b = Matrix<float>::Random(n, n);
  Matrix<float> c = Matrix<float>::Zero(n, n);
  PackedMatrix<float> packed;
  packed.pack(a.data(), n, n, n);
  ThreadPool pool(threads);
  std::vector<float> results(static_cast<std::size_t>(threads));
  std::vector<double> operations(results.size());
  Rates best;
  const auto share = [&](int part) { return n * part / threads; };
  for (int repeat = 0; repeat < 5; ++repeat) {
    const double product = seconds_of([&] {
      // Each thread computes a share of the columns.
      pool.run(threads, [&](int part) {
        const Index first = share(part), count = share(part + 1) - first;
        packed.multiply_add(b.col(first).data(), n, c.col(first).data(), n, count);
      });
    });
    const double registers = seconds_of([&] {
      pool.run(threads, [&](int part) {
        const auto k = static_cast<std::size_t>(part);
        operations[k] = kernels<float>().multiply_registers(rounds, results[k]);
      });
    });
    const double all = std::accumulate(operations.begin(), operations.end(), 0.0);
    best = best_of(best, {2e-9 * static_cast<double>(n * n * n) / product, 1e-9 * all / registers});
  }
  return best;
}

/// Multiplications and additions of the products in one update; activations, what a cell does with its memory
/// and the optimizer are not counted. One-hot input is a gather and counts nothing.
double flops_per_update(const nn::Network<float>& network, Index columns) {
  const nn::ModelSpec& spec = network.spec();
  const double h = static_cast<double>(spec.hidden), n = static_cast<double>(columns);
  double recurrent = 0, input = 0;
  const nn::CellInfo& cell = network.cell();
  const nn::Sizes sizes = cell.sizes(spec.hidden, spec.hidden, spec.heads);
  const auto width = [&](int k) { return static_cast<double>(sizes(cell.channels[k].extent)); };
  for (const nn::Product& product : cell.products) {
    if (product.from == nn::kInput)
      input += width(product.to) * h * (spec.layers - 1);
    else
      recurrent += width(product.to) * width(product.from);
  }
  const double head = h * static_cast<double>(network.interface().outputs);
  // Forward, to the states, to the weights: three products, each of two operations a weight and column.
  return 3 * 2 * n * (recurrent * spec.layers + input + head);
}

Row measure(const BenchOptions& options, const std::string& cell, Index hidden,
            const std::function<void(double seconds)>& watch) {
  experiment::Experiment e;
  e.task.text = options.text;
  e.models[0].cell = cell;
  e.models[0].hidden = hidden;
  e.models[0].layers = options.layers;
  if (nn::find_cell(cell).has_heads()) e.models[0].heads = options.heads;
  e.training.batch = options.batch;
  e.training.steps = options.steps;
  std::shared_ptr<const task::Task> task = experiment::make_task(e, corpora_folder());
  experiment::complete(e, task->interface());
  check_experiment(e, task->interface());
  train::Trainer trainer(e, task, options.threads);
  for (int k = 0; k < 5; ++k) {
    watch(0);
    trainer.step();
  }
  // The machine's rates are taken before and after, so that both see the same neighbours.
  Rates machine = machine_rates(options.threads);
  std::vector<double> times;
  double total = 0;
  while (total < options.seconds || times.size() < 20) {
    watch(total);
    times.push_back(seconds_of([&] { trainer.step(); }));
    total += times.back();
  }
  machine = best_of(machine, machine_rates(options.threads));
  std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2));
  const double median = times[times.size() / 2];
  const Index columns = trainer.characters_per_update();
  return {cell, hidden, static_cast<double>(columns) / median,
          flops_per_update(trainer.network(0), columns) / median * 1e-9, machine};
}

int bench(const BenchOptions& options) {
  for (const std::string& cell : options.cells) {
    try {
      nn::find_cell(cell);
    } catch (const Error& error) {
      usage("--cells: {}", error.what());
    }
  }
  nlohmann::json rows = nlohmann::json::array();
  const auto write = [&] {
    if (!options.json.empty()) write_file(options.json, nlohmann::json{{"rows", rows}}.dump(2) + "\n");
  };
  // Into a file row by row, and an impossible path is found out now; what an older file holds stays until
  // there is a row. Into a pipe once.
  const bool is_file = !is_stream(options.json);
  std::error_code code;
  if (is_file && !fs::exists(options.json, code)) write();
  print_beside(options.json,
               "kernels for {} ({}), {} thread{}; GFLOP/s and what part of the machine's they are\n",
               level().name, level().what, options.threads, options.threads == 1 ? "" : "s");
  print_beside(options.json, "{:<14}{:>7}{:>14}{:>11}{:>11}{:>8}{:>11}{:>8}\n", "cell", "hidden", "chars/s",
               "GFLOP/s", "product", "of it", "FMA loop", "of it");
  const Interrupt interrupt;
  Progress progress(false);
  const std::size_t cases = options.cells.size() * options.hidden.size();
  for (const std::string& cell : options.cells) {
    for (const Index hidden : options.hidden) {
      const Row row = measure(options, cell, hidden, [&](double seconds) {
        if (interrupt.asked()) {
          progress.clear();
          fail("stopped after {} of {} rows", rows.size(), cases);
        }
        const double part = std::min(1.0, seconds / options.seconds);
        progress.show((static_cast<double>(rows.size()) + part) / static_cast<double>(cases),
                      fmt::format("{} {}", cell, hidden));
      });
      const double fraction = row.gflops / row.machine.best();
      progress.clear();
      print_beside(options.json, "{:<14}{:>7}{:>14.0f}{:>11.1f}{:>11.1f}{:>8.2f}{:>11.1f}{:>8.2f}\n",
                   row.cell, row.hidden, row.chars_per_second, row.gflops, row.machine.product,
                   row.gflops / row.machine.product, row.machine.registers,
                   row.gflops / row.machine.registers);
      flush_output();
      rows.push_back({{"cell", row.cell},
                      {"hidden", row.hidden},
                      {"layers", options.layers},
                      {"heads", options.heads},
                      {"batch", options.batch},
                      {"steps", options.steps},
                      {"threads", options.threads},
                      {"chars_per_second", row.chars_per_second},
                      {"gflops", row.gflops},
                      {"level", level().name},
                      {"matrix_product_gflops", row.machine.product},
                      {"fma_loop_gflops", row.machine.registers},
                      {"fraction_of_product", row.gflops / row.machine.product},
                      {"fraction", fraction}});
      if (is_file) write();
    }
  }
  if (!is_file) write();
  return 0;
}

}  // namespace

void add_bench(CLI::App& program, Action& action) {
  CLI::App* command =
      program.add_subcommand("bench",
                             "Measure full training updates: characters per second, "
                             "arithmetic rate, fraction of this machine's own. The environment's "
                             "GATESCOPE_LEVEL (x86-64-v2, say) chooses lesser kernels");
  auto options = std::make_shared<BenchOptions>();
  command->add_option("--text", options->text, "The text to train on")->capture_default_str();
  command->add_option("--cells,--cell", options->cells, "The cells")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->capture_default_str();
  command->add_option("--hidden", options->hidden, "Units")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->transform(whole_number<Index>(1, 8192))
      ->capture_default_str();
  command->add_option("--layers", options->layers, "Layers")
      ->transform(whole_number<int>(1, 64))
      ->capture_default_str();
  command->add_option("--heads", options->heads, "Heads of cells that have them; a divisor of --hidden")
      ->transform(whole_number<Index>(1, nn::kMaxHidden))
      ->capture_default_str();
  command->add_option("--batch", options->batch, "Sequences side by side")
      ->transform(whole_number<Index>(1, 4096))
      ->capture_default_str();
  command->add_option("--steps", options->steps, "Steps")
      ->transform(whole_number<Index>(1, 10000))
      ->capture_default_str();
  command->add_option("--threads", options->threads, "Threads")
      ->transform(whole_number<int>(1, kMostThreads));
  command->add_option("--seconds", options->seconds, "Seconds a case")
      ->transform(decimal_number(0.01, 600))
      ->capture_default_str();
  command->add_option("--json", options->json, "Write the rows to this file, too");
  command->callback([options, &action] { action = [options] { return bench(*options); }; });
}

}  // namespace gatescope::app

// What a frame of the window costs: every view's figure and its layout, of an LSTM with 256 units over 512
// steps whose forget gate is forced for some of them. Run: build/release/tests/bench/figure_bench

#include <benchmark/benchmark.h>

#include <string>

#include "app/type/fonts.h"
#include "core/plot/layout.h"
#include "core/views/view.h"

namespace gatescope::views {
namespace {

constexpr Index kUnits = 256;
constexpr int kSteps = 512, kCharacters = 60;

/// A model with random weights and what it made of a text, with and without the rule.
class Observed {
 public:
  Observed() : network_(spec(), {nn::InputKind::characters, kCharacters, nn::Readout::softmax, kCharacters}) {
    network_.initialise(Rng(1));
    network_.prepare_all();
    std::vector<int> characters;
    for (int k = 0; k <= kSteps; ++k) characters.push_back((k * k + k / 3) % kCharacters);
    const trace::LossAt last{trace::LossAt::Kind::last, 0};
    natural_ = trace::trace_text<float>(network_, characters, last);
    observation.rules = {nn::parse_force_rule("f@200-299=0")};
    network_.force(observation.rules);
    text_ = trace::trace_text<float>(network_, characters, last);
    observation.name = "LSTM";
    observation.network = {std::shared_ptr<void>(), &network_};
    for (int k = 0; k < kCharacters; ++k)
      observation.alphabet.inputs.emplace_back(1, static_cast<char>('A' + k));
    observation.sequence = {std::shared_ptr<void>(), &text_};
    observation.natural = {std::shared_ptr<void>(), &natural_};
    for (int update = 1; update <= 4000; ++update) {
      train::MetricsRow row{"LSTM", static_cast<std::uint64_t>(update), 3.0 / update, {}, 2.0 / update, 0.5,
                            1e5};
      if (update % 10 == 0) row.held_out = row.loss + 0.25;
      observation.metrics.push_back(row);
    }
  }
  Observed(const Observed&) = delete;

  Observation observation;

 private:
  static nn::ModelSpec spec() {
    nn::ModelSpec spec;
    spec.cell = "lstm";
    spec.hidden = kUnits;
    return spec;
  }

  nn::Network<float> network_;
  trace::SequenceTrace<float> text_, natural_;
};

ViewOptions chosen() {
  return {.step = kSteps - 1, .unit = 17};
}

void make(benchmark::State& state, const View& view, const Observed& observed) {
  for (auto _ : state) benchmark::DoNotOptimize(view.make({&observed.observation, 1}, chosen()));
}

void lay_out(benchmark::State& state, const View& view, const Observed& observed, const app::Fonts& fonts) {
  const Figure figure = view.make({&observed.observation, 1}, chosen());
  const Theme theme = make_theme(ThemeName::dark);
  const TextMeasure measure = fonts.measure();
  for (auto _ : state) benchmark::DoNotOptimize(layout(figure, {900, 560}, theme, measure));
}

}  // namespace
}  // namespace gatescope::views

int main(int argc, char** argv) {
  using namespace gatescope;
  using namespace gatescope::views;
  const Observed observed;
  const app::Fonts fonts;
  for (const View& view : all_views()) {
    const std::string id(view.id);
    benchmark::RegisterBenchmark(("make/" + id).c_str(), [&](benchmark::State& s) {
      make(s, view, observed);
    })->Unit(benchmark::kMicrosecond);
    benchmark::RegisterBenchmark(("layout/" + id).c_str(), [&](benchmark::State& s) {
      lay_out(s, view, observed, fonts);
    })->Unit(benchmark::kMicrosecond);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}

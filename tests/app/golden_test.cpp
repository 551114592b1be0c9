// Every view in every theme looks as it did. tests/golden/regenerate rewrites the pictures.

#include <gtest/gtest.h>

#include <cstdlib>

#include "core/checkpoint/model_file.h"
#include "core/error.h"
#include "core/experiment/task_kinds.h"
#include "core/figure/make_figure.h"
#include "core/plot/layout.h"
#include "core/views/laboratory_group.h"
#include "golden_picture.h"
#include "tests/app/gl/compare.h"
#include "tests/app/gl/offscreen.h"
#include "tests/rules.h"

namespace gatescope::app {
namespace {

namespace fs = std::filesystem;
using namespace figure;

const fs::path golden = fs::path(GATESCOPE_SOURCE_DIR) / "tests" / "golden";

struct Case {
  std::string_view view;
  ThemeName theme;
  bool forced;                 // the same under a rule: its raw values, its amber, its natural text
  std::string_view cell = {};  // whose drawing is made from its equations

  std::string name() const {
    return std::string(view) + "_" + (cell.empty() ? "" : std::string(cell) + "_") +
           std::string(to_string(theme)) + (forced ? "_forced" : "");
  }
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const View& view : all_views()) {
    const bool of_rules = view.id == "effect";  // shows nothing without one
    if (in_laboratory(view)) {
      all.push_back({view.id, ThemeName::light, false});
      continue;
    }
    for (const ThemeName theme : {ThemeName::light, ThemeName::dark, ThemeName::projector})
      all.push_back({view.id, theme, of_rules});
    if (!view.needs.metrics) all.push_back({view.id, ThemeName::light, !of_rules});
  }
  for (const std::string_view cell : {"slstm", "s6", "mlstm", "gated_deltanet"})
    all.push_back({"cell", ThemeName::light, false, cell});
  all.push_back({"cell", ThemeName::dark, true, "slstm"});
  return all;
}

/// The first sequence that a model of a series did not learn from.
observe::GivenSequence sequence_of_series(const fs::path& model) {
  const auto task = experiment::task_of(checkpoint::load_model(model).experiment);
  return observe::given_sequence(task::held_out_sequence(*task, 0), observe::alphabet_of(*task),
                                 task->interface(), 0);
}

FigureRequest request_of(const Case& golden_case) {
  const View& view = find_view(golden_case.view);
  FigureRequest request;
  request.view = view.id;
  request.theme = golden_case.theme;
  request.size = {640, 440};
  if (golden_case.forced) request.rules = rules({"f@12-21=0", "z@12-21=0"});
  if (view.id == "cell") request.options.step = 15;  // where the rule acts
  request.loss = usual_loss(view, {});
  const bool forecasts = view.id.starts_with("forecast");
  const bool of_pairs = view.id == "alignment" || view.id == "links" || view.id == "lengths";
  if (!view.needs.metrics && !forecasts) request.text = "\"The river is wide,\" said the miller. 1852";
  if (of_pairs) request.text = "gacbh→hbcag";
  if (!golden_case.cell.empty()) {
    request.size = {900, 560};
    request.options.unit = 2;
    if (golden_case.forced) request.rules = rules({"f@12-21=0", "w@12-21=0.25"});
    ModelReference reference;
    reference.file = refer_to(golden / "equations" / (std::string(golden_case.cell) + ".safetensors"));
    request.models.push_back(std::move(reference));
    return request;
  }
  // An LSTM has no matrix and is written one way.
  const bool of_mlstm = view.id == "memory" || view.id == "conventions";
  for (const char* model : {of_mlstm ? "mlstm" : of_pairs ? "gru" : "lstm", "gru", "rnn"}) {
    ModelReference reference;
    const char* const folder = of_mlstm ? "matrix" : forecasts ? "series" : of_pairs ? "pairs" : "run";
    reference.file = refer_to(golden / folder / (std::string(model) + ".safetensors"));
    if (view.needs.metrics) reference.metrics = refer_to(golden / "run" / "metrics.csv");
    request.models.push_back(std::move(reference));
    if (!view.compares || forecasts || of_pairs) break;
  }
  if (forecasts) request.sequence = sequence_of_series(request.models.front().file.path);
  // The rule of a cell that is not shown fits none of the models.
  if (golden_case.forced && !view.compares) request.rules.pop_back();
  return request;
}

/// A training for a model from a file: straight from weights that nothing has trained to its own.
std::shared_ptr<const observe::Past> straight_past(const observe::Observation<float>& observation) {
  constexpr int kMoments = 9;
  auto past = std::make_shared<observe::Past>();
  for (int k = 0; k < kMoments; ++k) {
    const float part = static_cast<float>(k) / (kMoments - 1);
    past->moments.push_back({.update = static_cast<std::uint64_t>(128 * k),
                             .network =
                                 [part, own = observation.network] {
                                   auto then =
                                       std::make_shared<nn::Network<float>>(own->spec(), own->interface());
                                   then->initialise(Rng(1));
                                   for (std::size_t n = 0; n < then->parameters().size(); ++n)
                                     then->parameters()[n] +=
                                         part * (own->parameters()[n] - then->parameters()[n]);
                                   then->prepare_all();
                                   return then;
                                 },
                             .memo = nullptr});
  }
  past->observed = past->moments[6].update;
  return past;
}

Scene scene_of(const Case& golden_case, const Fonts& fonts) {
  const FigureRequest request = request_of(golden_case);
  Material material = load_material(request);
  check_request(request, material);
  figure::observe(request, material);
  for (auto& observation : material.observations)
    if (observation.network) observation.past = straight_past(observation);
  return layout(make_figure(request, material), request.size, make_theme(request.theme), fonts.measure());
}

/// How far OpenGL's picture of a view may be from cairo's, of 255. Both anti-alias by coverage, OpenGL from
/// distances and cairo from a sub-pixel grid: single pixels of edges and of text differ a little, nothing
/// else does.
constexpr test::Tolerance painters_tolerance{.mean = 0.6, .share = 0.003};
/// A page of heatmaps has thousands of borders between cells of unlike colours, and a pixel whose centre lies
/// near one may show either cell: cairo places them on its own grid of 1/256 pixel.
constexpr test::Tolerance heatmap_pages_tolerance{.mean = 0.6, .share = 0.015};

class Golden : public testing::TestWithParam<Case> {};

}  // namespace

TEST_P(Golden, LooksAsItDid) {
  const std::string name = GetParam().name();
  const Fonts fonts;
  const Raster actual = paint_raster(scene_of(GetParam(), fonts), fonts, 1);
  const fs::path path = golden / (name + ".png");
  if (std::getenv("GATESCOPE_REGENERATE_GOLDEN")) return write_png(path, actual);
  ASSERT_TRUE(fs::exists(path)) << path << " is missing; tests/golden/regenerate makes it";
  const Raster reference = read_png(path);
  const auto problem = difference(actual, reference);
  if (!problem) return;
  const fs::path folder = fs::path(GATESCOPE_BINARY_DIR) / "golden_failures";
  write_png(folder / (name + "_actual.png"), actual);
  write_png(folder / (name + "_reference.png"), reference);
  write_png(folder / (name + "_difference.png"), difference_picture(actual, reference));
  FAIL() << name << ": " << *problem << "; look at " << (folder / (name + "_*.png")).string();
}

TEST_P(Golden, IsTheSamePicturePaintedWithOpenGl) {
  test::Offscreen off;
  const Scene scene = scene_of(GetParam(), off.fonts);
  const bool of_heatmaps =
      GetParam().view == "gates" || GetParam().view == "triangle" || GetParam().view == "memory";
  test::expect_alike(GetParam().name(), off.painter.render(scene), paint_raster(scene, off.fonts, 1),
                     of_heatmaps ? heatmap_pages_tolerance : painters_tolerance);
}

INSTANTIATE_TEST_SUITE_P(Views, Golden, testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.name(); });

TEST(GoldenDifference, SeesAMovedLineALostLabelAndAChangedColourButNotSoftenedEdges) {
  const Raster page = read_png(golden / "gates_light.png");
  EXPECT_EQ(difference(page, page), std::nullopt);

  const auto changed = [&](int x0, int y0, int width, int height, auto change) {
    Raster other = page;
    for (int y = y0; y < y0 + height; ++y)
      for (int x = x0; x < x0 + width; ++x)
        change(&other.rgba[(std::size_t(y) * std::size_t(page.width) + std::size_t(x)) * 4]);
    return other;
  };
  const auto black = [](unsigned char* pixel) { pixel[0] = pixel[1] = pixel[2] = 0; };
  EXPECT_NE(difference(changed(60, 100, 300, 1, black), page), std::nullopt) << "a line that was not there";
  const auto bluer = [](unsigned char* pixel) { pixel[2] = static_cast<unsigned char>(pixel[2] ^ 64); };
  EXPECT_NE(difference(changed(100, 60, 20, 20, bluer), page), std::nullopt) << "another colour";
  EXPECT_NE(
      difference(changed(0, 0, page.width, 30, [](unsigned char* p) { p[0] = p[1] = p[2] = 255; }), page),
      std::nullopt)
      << "no title";
  const auto softer = [](unsigned char* pixel) {
    for (int k = 0; k < 3; ++k)
      pixel[k] = static_cast<unsigned char>(pixel[k] < 128 ? pixel[k] + 6 : pixel[k] - 6);
  };
  EXPECT_EQ(difference(changed(0, 0, page.width, page.height, softer), page), std::nullopt);
}

TEST(GoldenDifference, PictureMarksWhatDiffers) {
  const Raster page = read_png(golden / "gates_light.png");
  Raster other = page;
  std::fill_n(other.rgba.begin() + std::ptrdiff_t(page.width) * 4 * 40, page.width * 4 * 8,
              static_cast<unsigned char>(90));
  const Raster marked = difference_picture(other, page);
  const auto red = [&](int x, int y) {
    const auto at = (std::size_t(y) * std::size_t(page.width) + std::size_t(x)) * 4;
    return marked.rgba[at] == 220 && marked.rgba[at + 1] == 30;
  };
  EXPECT_TRUE(red(200, 43));
  EXPECT_FALSE(red(200, 80));
}

}  // namespace gatescope::app

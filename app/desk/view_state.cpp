#include "app/desk/view_state.h"

#include "app/desk/force_scope.h"
#include "core/error.h"
#include "core/json/json_fields.h"
#include "core/views/laboratory_group.h"

namespace gatescope::ui {
namespace {

constexpr int kLastStep = 1 << 24;

constexpr auto kThemeForm =
    by([](JsonReader& reader, std::string_view key) { return plot::parse_theme(reader.get(key, "")); },
       [](plot::ThemeName theme) { return plot::to_string(theme); });
constexpr auto kUnitsForm = by(
    [](JsonReader& reader, std::string_view key) { return parse_units(reader.get(key, "")); }, ranges_text);
constexpr auto kStepsForm = by(
    [](JsonReader& reader, std::string_view key) { return parse_steps(reader.get(key, "")); }, ranges_text);

constexpr auto kLaboratoryForm = by(
    [](JsonReader& reader, std::string_view key) {
      std::string id = reader.get(key, "");
      if (!id.empty() && !views::in_laboratory(views::find_view(id)))
        reader.reject(key, "a view of the laboratory");
      return id;
    },
    [](const std::string& id) { return id; });

constexpr auto kViewFields = [](auto& self, auto& field) {
  field("open", self.open);
  field.check("open", !self.open.empty(), "one view or more");
  field.after(self, [](const auto& view) {
    for (const std::string& id : view.open) views::find_view(id);
  });
  field.unless_usual("laboratory", self.laboratory, kLaboratoryForm);
  int model = static_cast<int>(self.model);
  field("model", model, range(0, 3));
  field.after(self, [&](auto& view) { view.model = static_cast<std::size_t>(model); });
  field("layer", self.layer, range(0, nn::kMaxLayers - 1));
  field("backward", self.backward);
  field("step", self.step, range(0, kLastStep));
  auto first = self.steps ? std::optional(self.steps->first) : std::nullopt,
       last = self.steps ? std::optional(self.steps->last) : std::nullopt;
  field.unless_usual("first_step", first, range(0, kLastStep));
  field.unless_usual("last_step", last, range(first.value_or(0), kLastStep));
  field.after(self, [&](auto& view) {
    if (first || last) view.steps = {first.value_or(0), last.value_or(first.value_or(0))};
  });
  field.unless_usual("unit", self.unit, range(0, nn::kMaxHidden - 1));
  field.unless_usual("loss_step", self.loss_step, range(0, kLastStep));
  field.unless_usual("linear_gradient", self.linear_gradient);
  field("coloured_by", self.coloured_by);
  field("sort", self.sort);
  field("own_scales", self.own_scales);
  field("theme", self.theme, kThemeForm);
  field("presenter", self.presenter);
  field.unless_usual("language", self.language);
  field("text_size", self.text_size, range(kTextSizes.front(), kTextSizes.back()));
  field("left", self.left, range(40, 4000));
  field("right", self.right, range(40, 4000));
  field("probe", self.probe, range(40, 4000));
  field.unless_usual("left_column", self.left_column);
  field.unless_usual("right_column", self.right_column);
  field("speed", self.speed, range(0.1, 1000));
  field("loop", self.loop);
  field.unless_usual("lens", self.lens, range(0, kLastStep));
  field("transitions", self.transitions);
  field("force_panel", self.force_panel);
  field("force_units", self.force_units, kUnitsForm);
  field("force_steps", self.force_steps, kStepsForm);
};

}  // namespace

double next_text_size(double now, int by) {
  constexpr double near = 1e-3;
  if (by < 0) {
    for (auto size = kTextSizes.rbegin(); size != kTextSizes.rend(); ++size)
      if (*size < now - near) return *size;
  } else {
    for (const double size : kTextSizes)
      if (size > now + near) return size;
  }
  return now;
}

nlohmann::json to_json(const ViewState& view) {
  return write_fields(kViewFields, view);
}

ViewState view_state_from_json(const nlohmann::json& json, const std::string& origin) {
  return read_fields<ViewState>(kViewFields, {json, "/window", origin});
}

}  // namespace gatescope::ui

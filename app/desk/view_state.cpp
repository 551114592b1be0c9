#include "app/desk/view_state.h"

#include "app/desk/force_scope.h"
#include "core/error.h"
#include "core/json/json_reader.h"
#include "core/views/laboratory_group.h"

namespace gatescope::ui {

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
  nlohmann::json json{{"open", view.open},
                      {"model", view.model},
                      {"layer", view.layer},
                      {"backward", view.backward},
                      {"step", view.step},
                      {"coloured_by", view.coloured_by},
                      {"sort", view.sort},
                      {"own_scales", view.own_scales},
                      {"theme", plot::to_string(view.theme)},
                      {"presenter", view.presenter},
                      {"text_size", view.text_size},
                      {"left", view.left},
                      {"right", view.right},
                      {"probe", view.probe},
                      {"speed", view.speed},
                      {"loop", view.loop},
                      {"transitions", view.transitions},
                      {"force_panel", view.force_panel},
                      {"force_units", ranges_text(view.force_units)},
                      {"force_steps", ranges_text(view.force_steps)}};
  if (!view.laboratory.empty()) json["laboratory"] = view.laboratory;
  if (view.unit) json["unit"] = *view.unit;
  if (view.steps) json["first_step"] = view.steps->first, json["last_step"] = view.steps->last;
  if (view.loss_step) json["loss_step"] = *view.loss_step;
  if (view.linear_gradient) json["linear_gradient"] = true;
  if (view.lens) json["lens"] = *view.lens;
  if (view.left_column) json["left_column"] = *view.left_column;
  if (view.right_column) json["right_column"] = *view.right_column;
  return json;
}

ViewState view_state_from_json(const nlohmann::json& json, const std::string& origin) {
  JsonReader reader(json, "/window", origin);
  ViewState view;
  view.open = reader.get("open", view.open);
  if (view.open.empty()) reader.reject("open", "one view or more");
  for (const std::string& id : view.open) views::find_view(id);
  view.laboratory = reader.get("laboratory", view.laboratory);
  if (!view.laboratory.empty() && !views::in_laboratory(views::find_view(view.laboratory)))
    reader.reject("laboratory", "a view of the laboratory");
  view.model = static_cast<std::size_t>(reader.get("model", static_cast<int>(view.model), 0, 3));
  view.layer = reader.get("layer", view.layer, 0, nn::kMaxLayers - 1);
  view.backward = reader.get("backward", view.backward);
  view.step = reader.get("step", view.step, 0, 1 << 24);
  if (reader.find("first_step") || reader.find("last_step")) {
    const int first = reader.get("first_step", 0, 0, 1 << 24);
    view.steps = {first, reader.get("last_step", first, first, 1 << 24)};
  }
  if (reader.find("unit")) view.unit = reader.get("unit", 0, 0, static_cast<int>(nn::kMaxHidden) - 1);
  if (reader.find("loss_step")) view.loss_step = reader.get("loss_step", 0, 0, 1 << 24);
  view.linear_gradient = reader.get("linear_gradient", view.linear_gradient);
  view.coloured_by = reader.get("coloured_by", view.coloured_by);
  view.sort = reader.get("sort", view.sort);
  view.own_scales = reader.get("own_scales", view.own_scales);
  view.theme = plot::parse_theme(reader.get("theme", std::string(plot::to_string(view.theme))));
  view.presenter = reader.get("presenter", view.presenter);
  view.text_size = reader.get("text_size", view.text_size, kTextSizes.front(), kTextSizes.back());
  const auto size = [&](const char* key, float otherwise) {
    return static_cast<float>(reader.get(key, static_cast<double>(otherwise), 40.0, 4000.0));
  };
  view.left = size("left", view.left);
  view.right = size("right", view.right);
  view.probe = size("probe", view.probe);
  if (reader.find("left_column")) view.left_column = reader.get("left_column", true);
  if (reader.find("right_column")) view.right_column = reader.get("right_column", true);
  view.speed = reader.get("speed", view.speed, 0.1, 1000.0);
  view.loop = reader.get("loop", view.loop);
  if (reader.find("lens")) view.lens = reader.get("lens", 0, 0, 1 << 24);
  view.transitions = reader.get("transitions", view.transitions);
  view.force_panel = reader.get("force_panel", view.force_panel);
  view.force_units = parse_units(reader.get("force_units", std::string()));
  view.force_steps = parse_steps(reader.get("force_steps", std::string()));
  reader.finish();
  return view;
}

}  // namespace gatescope::ui

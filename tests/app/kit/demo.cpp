#include "tests/app/kit/demo.h"

#include <array>
#include <cmath>

namespace gatescope::test {
namespace {

std::vector<float> wave(int count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::exp(-static_cast<float>(i) / 30) + 0.1f * std::sin(static_cast<float>(i) * 0.9f);
  return values;
}

}  // namespace

void Demo::draw(const ui::Look& look) {
  using namespace ui;
  constexpr std::array<const char*, 3> states{"closed", "free", "open"};
  constexpr std::array<const char*, 4> views{"1 Gates", "2 Cell / hidden", "3 Cell", "4 Gradient"};
  const float gap = look.padding();
  const ImVec2 display = ImGui::GetIO().DisplaySize;

  if (icon_button(look, "##play", Icon::pause, Kind::primary, "Pause the replay\nSpace")) ++pressed;
  ImGui::SameLine();
  if (button(look, "Step", Kind::plain, "Train one update\nThen stop.")) ++pressed;
  ImGui::SameLine();
  if (button(look, "Reset")) ++pressed;
  ImGui::SameLine();
  button(look, "Undo", Kind::plain, "Nothing to undo", {}, false);
  ImGui::SameLine();
  button(look, "+ add", Kind::quiet);
  ImGui::SameLine();
  headline(look, "update", "4,180", "Updates of the weights so far");
  ImGui::SameLine();
  headline(look, "bits/char", "2.31");
  ImGui::SameLine();
  sparkline(look, wave(200), {look.px(120), look.px(28)}, look.color({plot::InkRole::cell_state}));
  ImGui::SameLine();
  if (button(look, "● forced: f = 0   release##banner", Kind::forced)) forget = 1;

  const ImVec2 top = ImGui::GetCursorScreenPos();
  ImGui::BeginChild("left", {look.px(left) - gap, display.y - top.y - gap});
  begin_card(look, "experiment", "Experiment");
  text_row(look, "Preset", preset);
  text_row(look, "Text", text, "The text\nA path, or the name of a text that comes with the program.");
  number_row(look, "Seed", seed, 0, 1000000);
  end_card(look);
  begin_card(look, "models", "Models");
  value_row(look, "■ LSTM 64", "36,929", look.muted, look.color({plot::InkRole::lstm}));
  value_row(look, "■ GRU 77", "36,871", look.muted, look.color({plot::InkRole::gru}));
  caption(look, "Matched to within 0.2 % of their parameters, so that only the equations differ.");
  toggle_row(look, "Matched parameters", matched);
  toggle(look, "Bidirectional", bidirectional);
  end_card(look);
  begin_card(look, "training", "Training");
  choice_row(look, "Optimizer", optimizers, optimizer);
  number_row(look, "Rate", rate, 1e-6, 10, "Learning rate η\nHow far each update goes.");
  number_row(look, "Clip norm", clip, 0, 100);
  number_row(look, "Batch", batch, 1, 4096);
  end_card(look);
  begin_card(look, "force", "Force gates");
  forget =
      segmented_row(look, "forget", states, forget, forget != 1, look.color({plot::InkRole::forget_gate}));
  input = segmented_row(look, "input", states, input, input != 1, look.color({plot::InkRole::input_gate}));
  slider(look, "##bias", bias, 0, 1, look.accent, ImGui::GetContentRegionAvail().x, 0.7f);
  end_card(look);
  ImGui::EndChild();
  splitter(look, "##left", true, {top.x + look.px(left), top.y}, display.y - top.y, left, 180, 480, 1);

  ImGui::SetCursorScreenPos({top.x + look.px(left) + gap, top.y});
  ImGui::BeginGroup();
  view = tabs(look, "views", views, view);
  const float inspector = look.px(300);
  begin_card(look, "stage", "", {ImGui::GetContentRegionAvail().x - inspector - gap, look.px(300)});
  {
    ImGui::PushFont(look.mono);
    ImGui::TextUnformatted("Before we proceed any further, hear me speak.⏎");
    ImGui::PopFont();
    ImGui::PushFont(look.bold);
    ImGui::TextUnformatted("c̃ₜ = tanh(Wₙxₜ + Uhₜ₋₁ + b),  cₜ = fₜ⊙cₜ₋₁ + iₜ⊙c̃ₜ");
    ImGui::PopFont();
    ImGui::TextUnformatted("∂L/∂hₜ  ‖∇‖ ≈ 10⁻³ · σ(…) · Привет, Ελλάδα · ← ↑ → ↓ ◌̃ ⇥ ␣ ✓");
  }
  end_card(look);
  ImGui::SameLine();
  begin_card(look, "inspector", "Unit 17 · step 42 · ‘r’", {inspector, 0});
  value_row(look, "fₜ = σ(…)", "0.024 → 0", look.forced_text);
  value_row(look, "c̃ₜ = tanh(…)", "−0.894");
  value_row(look, "cₜ = fₜ⊙cₜ₋₁ + iₜ⊙c̃ₜ", "−0.890");
  sparkline(look, wave(82), {ImGui::GetContentRegionAvail().x, look.px(40)},
            look.color({plot::InkRole::hidden_state}), 42);
  caption(look, "With f closed, ∂L/∂c keeps nothing beyond one step: the highway share fell from 0.83 to 0.");
  end_card(look);
  slider(look, "##time", step, 0, 81, look.accent, ImGui::GetContentRegionAvail().x);
  for (int i = 0; i < 12; ++i) {
    constexpr std::array<Icon, 12> icons{Icon::play,     Icon::pause,  Icon::step_forward, Icon::step_back,
                                         Icon::to_start, Icon::to_end, Icon::loop,         Icon::reverse,
                                         Icon::close,    Icon::folder, Icon::plus,         Icon::menu};
    const std::string id = "##icon" + std::to_string(i);
    icon_button(look, id.c_str(), icons[i]);
    ImGui::SameLine();
  }
  ImGui::NewLine();
  begin_card(look, "fields", "Open a file");
  text_field(look, "##path", text, 0, "a path");
  end_card(look);
  ImGui::EndGroup();
}

}  // namespace gatescope::test

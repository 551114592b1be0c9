// What shortcuts and menus do.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/desk/zoom.h"
#include "app/panels/panels.h"
#include "app/panels/view_tabs.h"

namespace gatescope::ui {
namespace {

void move_unit(Workbench& bench, int by) {
  const int hidden = bench.shown().hidden();
  if (hidden == 0) return;
  const int unit = bench.shown().view().unit ? *bench.shown().view().unit + by : by > 0 ? 0 : hidden - 1;
  bench.act(ChooseUnit{unit < 0 || unit >= hidden ? std::nullopt : std::optional<int>(unit)});
}

void cycle_theme(Workbench& bench) {
  using plot::ThemeName;
  const ThemeName now = bench.editor().document().view.theme;
  bench.act(SetTheme{now == ThemeName::dark    ? ThemeName::light
                     : now == ThemeName::light ? ThemeName::projector
                                               : ThemeName::dark});
}

/// Which theme is on the wall is the person's choice; a dark one is pointed out, as halls are seldom dark.
void show_presenter(Workbench& bench, bool on) {
  bench.act(ShowPresenter{on});
  if (on && bench.editor().document().view.theme == plot::ThemeName::dark)
    bench.notices().say(fmt::format("In a bright room a light theme is read from further away: {}.",
                                    written(Action::cycle_theme)));
}

/// Where a view of it is open.
void move_loss(Workbench& bench, int by) {
  if (!wants_one_loss(bench.shown().view())) return;
  bench.replay().choose_loss(bench.replay().loss_step() + by);
}

/// All views of the stage side by side, or the first of them alone.
void toggle_grid(Workbench& bench) {
  bench.act(ShowGrid{bench.editor().document().view.open.size() <= 1});
}

void save(Workbench& bench) {
  if (bench.files().session_path())
    bench.act(SaveSession{bench.files().session_path()->native()});
  else
    bench.act(OpenDialog{Dialog::save_session});
}

void move_lens(Workbench& bench, int by) {
  const int steps = bench.shown().steps();
  if (steps == 0) return;
  const int at = std::clamp(bench.shown().view().lens.value_or(0) + by, 0, steps);
  bench.act(SetLens{at > 0 ? std::optional<int>(at) : std::nullopt});
}

std::string view_number(int number) {
  const views::View* view = view_of_key(number);
  return view ? std::string(view->id) : std::string();
}

}  // namespace

void show_steps(Workbench& bench, const std::optional<plot::Steps>& steps) {
  if (steps == bench.shown().view().steps) return;
  bench.act(steps ? ShowSteps{steps->first, steps->last} : ShowSteps{});
}

void zoom_by_wheel(Workbench& bench, std::optional<double> anchor, bool plain_wheel_zooms) {
  const ImGuiIO& io = ImGui::GetIO();
  const int total = bench.shown().steps();
  const std::optional<plot::Steps>& now = bench.shown().view().steps;
  const float along = io.MouseWheelH != 0 ? -io.MouseWheelH : io.KeyShift ? -io.MouseWheel : 0;
  if (total == 0) return;
  if (along != 0) {
    if (!now) return;
    const int tenth = std::max(1, (now->last - now->first + 1) / 10);
    show_steps(bench, panned(*now, static_cast<int>(std::lround(along * static_cast<float>(tenth))), total));
  } else if (io.MouseWheel != 0 && (plain_wheel_zooms || io.KeyCtrl)) {
    const double place = anchor.value_or(bench.shown().view().step);
    show_steps(bench, zoomed(now, total, place, std::pow(1.25, static_cast<double>(io.MouseWheel))));
  }
}

void perform(Action action, int number, Workbench& bench, Desk& desk) {
  switch (action) {
    case Action::play:
      bench.replay().play(bench.replay().playing() ? 0 : 1);
      break;
    case Action::play_backward:
      bench.replay().play(bench.replay().direction() < 0 ? 0 : -1);
      break;
    case Action::step_back:
      bench.replay().choose_step(bench.shown().view().step - 1);
      break;
    case Action::step_forward:
      bench.replay().choose_step(bench.shown().view().step + 1);
      break;
    case Action::loss_back:
      move_loss(bench, -1);
      break;
    case Action::loss_forward:
      move_loss(bench, 1);
      break;
    case Action::first_step:
      bench.replay().choose_step(0);
      break;
    case Action::last_step:
      bench.replay().choose_step(bench.shown().steps() - 1);
      break;
    case Action::zoom_steps:
      show_steps(bench, bench.shown().view().steps
                            ? std::nullopt
                            : steps_around(bench.shown().view().step, kZoomSteps, bench.shown().steps()));
      break;
    case Action::unit_up:
      move_unit(bench, -1);
      break;
    case Action::unit_down:
      move_unit(bench, 1);
      break;
    case Action::slower:
      bench.act(SetSpeed{std::max(1.0, bench.shown().view().speed / std::sqrt(2.0))});
      break;
    case Action::faster:
      bench.act(SetSpeed{std::min(64.0, bench.shown().view().speed * std::sqrt(2.0))});
      break;
    case Action::loop:
      bench.act(SetLoop{!bench.shown().view().loop});
      break;
    case Action::lens:
      if (bench.shown().view().lens)
        bench.act(SetLens{});
      else
        bench.act(SetLens{bench.shown().view().step});
      break;
    case Action::lens_back:
    case Action::lens_forward:
      move_lens(bench, action == Action::lens_back ? -1 : 1);
      break;
    case Action::mark_back:
      desk.marked_in_text = true;
      desk.mark_pointer = 0;
      bench.forcing().mark_steps(-1);
      break;
    case Action::mark_forward:
      desk.marked_in_text = true;
      desk.mark_pointer = 0;
      bench.forcing().mark_steps(1);
      break;
    case Action::mark_bar:
      open_mark_bar(bench);
      break;
    case Action::train:
      if (bench.shown().now().can_train) bench.training().toggle();
      break;
    case Action::update_once:
      bench.act(UpdateOnce{});
      break;
    case Action::reset_training:
      bench.act(Restart{});
      break;
    case Action::choose_view:
      if (const auto id = view_number(number); !id.empty()) bench.act(ShowViews{{id}});
      break;
    case Action::add_view:
      if (const auto id = view_number(number); !id.empty()) bench.act(ShowBeside{id});
      break;
    case Action::grid:
      toggle_grid(bench);
      break;
    case Action::force_panel:
      bench.act(ShowForcePanel{!bench.editor().document().view.force_panel});
      break;
    case Action::next_model:
      if (const auto models = bench.shown().now().models.size(); models > 0)
        bench.act(ChooseModel{static_cast<int>((bench.shown().view().model + 1) % models)});
      break;
    case Action::focus_probe:
      if (!bench.shown().now().reads_text && !bench.shown().observation()) break;
      desk.probe_text = bench.shown().now().reads_text ? bench.editor().document().probe.text
                                                       : observe::to_text(sequence_shown(bench));
      desk.editing_probe = desk.focus_probe = true;
      desk.probe_refused = false;
      break;
    case Action::export_figure:
      open_export(bench, desk.export_view);
      break;
    case Action::open:
      bench.act(OpenDialog{Dialog::open_file});
      break;
    case Action::save:
      save(bench);
      break;
    case Action::save_as:
      bench.act(OpenDialog{Dialog::save_session});
      break;
    case Action::copy_link:
      if (const std::string link = bench.files().link(); !link.empty()) {
        ImGui::SetClipboardText(link.c_str());
        std::string said =
            fmt::format("The link is copied, {} characters: it opens with these choices.", link.size());
        if (const std::uint64_t updates = bench.shown().now().updates; updates > 0)
          said += fmt::format(
              " The weights after {} updates are not in it; save the session to hand them on.", updates);
        bench.notices().say(std::move(said));
      }
      break;
    case Action::undo:
      bench.act(Undo{});
      break;
    case Action::redo:
      bench.act(Redo{});
      break;
    case Action::cycle_theme:
      cycle_theme(bench);
      break;
    case Action::presenter:
      show_presenter(bench, !bench.editor().document().view.presenter);
      break;
    case Action::larger_text:
    case Action::smaller_text:
      bench.act(SetTextSize{
          next_text_size(bench.editor().document().view.text_size, action == Action::larger_text ? 1 : -1)});
      break;
    case Action::usual_text:
      bench.act(SetTextSize{1});
      break;
    case Action::fullscreen:
      bench.act(SetFullscreen{!bench.editor().document().window.fullscreen});
      break;
    case Action::menus:
      desk.menus.next = 0;
      desk.menus.by_keys = true;
      break;
    case Action::help:
      bench.act(OpenDialog{Dialog::help});
      break;
    case Action::close:
      if (bench.editor().document().window.marked) {
        bench.act(Unmark{});
        break;
      }
      if (!std::exchange(desk.editing_probe, false) && bench.editor().document().view.presenter)
        show_presenter(bench, false);
      break;
    case Action::quit:
      bench.act(QuitWindow{});
      break;
  }
}

}  // namespace gatescope::ui

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "app/kit/draw.h"
#include "app/kit/file_browser.h"
#include "app/kit/letters.h"

namespace gatescope::ui {
namespace {

constexpr const char* popup = "##file browser";

std::string readable(std::uintmax_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double amount = static_cast<double>(bytes);
  for (const char* unit : {"kB", "MB", "GB"}) {
    amount /= 1000;
    if (amount < 999.5) return fmt::format("{:.{}f} {}", amount, amount < 9.95 ? 1 : 0, unit);
  }
  return fmt::format("{:.0f} TB", amount / 1000);
}

}  // namespace

std::optional<std::filesystem::path> FileBrowser::draw(const Look& look) {
  if (state_ == State::closed) return {};
  const bool first = std::exchange(state_, State::shown) == State::opening;
  if (first) ImGui::OpenPopup(popup);
  const bool saves = request_.purpose == Purpose::save;
  const std::string heading = !request_.title.empty() ? request_.title : saves ? "Save as" : "Open";
  if (!begin_modal(look, popup, heading, {680, 520})) {
    state_ = State::closed;
    return {};
  }
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {look.px(8), look.px(10)});
  cancelled_ = went_ = false;
  draw_places(look);
  const float line = std::round(look.px(28)) + look.px(10);
  draw_entries(look, ImGui::GetContentRegionAvail().y - line * (saves ? 3.0f : 2.0f));
  if (saves) {
    if (first) {
      look.memory->focus.id = ImGui::GetID("##name");
      look.memory->focus.moved = look.memory->focus.drawn = true;
    }
    draw_name(look);
  }
  draw_end(look);
  act_on_keys(look);
  ImGui::PopStyleVar();
  std::optional<std::filesystem::path> result = std::exchange(chosen_, {});
  if (std::exchange(closing_, false)) cancelled_ = true, result.reset();
  if (result || cancelled_) {
    ImGui::CloseCurrentPopup();
    state_ = State::closed;
    look.memory->edit = {};
    look.memory->again = true;
  }
  end_modal();
  return result;
}

void FileBrowser::draw_places(const Look& look) {
  const char* home = std::getenv("HOME");
  if (button(look, "Home##browser", Kind::plain, "Your own folder", {}, home != nullptr) && home != nullptr)
    go(home);
  ImGui::SameLine();
  const bool top = !folder_.has_relative_path();
  if (button(look, "Up##browser", Kind::plain, "The folder above\nBackspace", {}, !top))
    go(folder_.parent_path());
  ImGui::SameLine();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::SetCursorScreenPos({at.x, at.y + std::floor((look.px(28) - look.px(row_points)) / 2)});
  std::string path = folder_.string();
  if (text_field(look, "##path", path, 0, "folder")) type_path(path);
  ImGui::SetCursorScreenPos({ImGui::GetCursorScreenPos().x, at.y + std::round(look.px(28)) + look.px(10)});
}

void FileBrowser::draw_entries(const Look& look, float height) {
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  height = std::max(height, look.px(80));
  fill({low, {low.x + width, low.y + height}}, look.background, look.px(6));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {look.px(6), look.px(6)});
  ImGui::BeginChild("##entries", {width, height}, false, ImGuiWindowFlags_AlwaysUseWindowPadding);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
  if (went_) ImGui::SetScrollY(0);
  if (entries_.empty() && problem_.empty())
    caption(look, request_.extensions.empty() || all_files_
                      ? "Nothing is in this folder."
                      : fmt::format("No {} file is in this folder.", fmt::join(request_.extensions, ", ")));
  // Rows change when a folder is entered, so what was pressed is acted on after the loop.
  const int count = static_cast<int>(entries_.size());
  const float row = std::round(look.px(26));
  const int first = std::clamp(static_cast<int>((ImGui::GetScrollY() - look.px(6)) / row), 0, count);
  const int last = std::min(count, first + static_cast<int>(height / row) + 2);
  int entered = -1;
  ImGui::Dummy({1, static_cast<float>(first) * row});
  for (int i = first; i < last; ++i) {
    draw_entry(look, i);
    if (ImGui::IsItemHovered() && ImGui::IsMouseDoubleClicked(0)) entered = i;
  }
  ImGui::Dummy({1, static_cast<float>(count - last) * row});
  if (std::exchange(show_selected_, false) && selected_ >= 0) {
    const float top = static_cast<float>(selected_) * row, view = height - look.px(12);
    if (top < ImGui::GetScrollY()) ImGui::SetScrollY(top);
    if (top + row > ImGui::GetScrollY() + view) ImGui::SetScrollY(top + row - view);
  }
  ImGui::PopStyleVar();
  ImGui::EndChild();
  ImGui::PopStyleVar();
  if (entered >= 0) {
    select(entered);
    accept();
  }
}

void FileBrowser::draw_entry(const Look& look, int index) {
  const Entry& entry = entries_[index];
  ImGui::PushID(index);
  const bool pressed = ImGui::InvisibleButton(
      "##entry", {std::max(ImGui::GetContentRegionAvail().x, 1.0f), std::round(look.px(26))});
  ImGui::PopID();
  const ScreenRect box = last_item();
  if (look.items != nullptr)
    log_item(look, entry.name + "##entry",
             index == selected_ ? "chosen"
             : entry.is_folder  ? "folder"
                                : "file");
  if (index == selected_)
    fill(box, look.pressed, look.px(5));
  else if (ImGui::IsItemHovered())
    fill(box, look.hovered, look.px(5));
  const float middle = box.middle().y, text = box.low.x + look.px(30);
  if (entry.is_folder) draw_icon(Icon::folder, {box.low.x + look.px(16), middle}, look.px(13), look.muted);
  float right = box.high.x - look.px(8);
  if (!entry.is_folder) {
    const WithFont font(look.small);
    const std::string size = readable(entry.size);
    draw_text_right(right, middle, look.muted, size);
    right -= text_size(size).x + look.px(12);
  }
  {
    const AsItIs as_it_is;
    draw_text(text, middle, look.text, fitted(entry.name, right - text));
  }
  if (pressed) select(index);
}

void FileBrowser::draw_name(const Look& look) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float height = std::round(look.px(28));
  draw_text(at.x, at.y + height / 2, look.text, "Name");
  ImGui::SetCursorScreenPos({at.x + text_size("Name").x + look.px(12), at.y + std::floor(look.px(2))});
  if (text_field(look, "##name", name_, 0, "a name for the file")) {
    selected_ = -1;
    confirm_.reset();
  }
  // Once the name is typed, Enter is the dialog's.
  Memory::Focus& focus = look.memory->focus;
  const ImGuiID id = ImGui::GetID("##name");
  if (focus.id == id && !focus.moved && look.memory->edit.id != id) focus.id = 0;
  ImGui::SetCursorScreenPos({at.x, at.y + height + look.px(10)});
}

void FileBrowser::draw_end(const Look& look) {
  const bool saves = request_.purpose == Purpose::save;
  const float left = ImGui::GetCursorScreenPos().x, right = left + ImGui::GetContentRegionAvail().x;
  {
    const WithFont font(look.small);
    const float height = std::round(look.px(28));
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const std::string said =
        confirm_ ? fmt::format("{} is there already. Replace it?", confirm_->filename().string()) : problem_;
    draw_text(at.x, at.y + height / 2, confirm_ ? look.text : look.danger, fitted(said, right - left));
    ImGui::Dummy({right - left, height});
    if (!said.empty()) log_item(look, "##problem", said);
  }
  if (toggle(look, "Hidden files##browser", hidden_)) read_folder();
  if (!request_.extensions.empty() && !saves) {
    ImGui::SameLine(0, look.px(20));
    if (toggle(look, "All files##browser", all_files_)) read_folder();
  }
  const float width = std::round(look.px(92)), gap = look.px(8);
  ImGui::SameLine();
  const float y = ImGui::GetCursorScreenPos().y;
  ImGui::SetCursorScreenPos({right - 2 * width - gap, y});
  if (button(look, "Cancel##browser", Kind::plain, {}, {width, 0})) cancelled_ = true;
  ImGui::SameLine(0, gap);
  if (confirm_) {
    if (button(look, "Replace##browser", Kind::primary, {}, {width, 0}))
      chosen_ = std::exchange(confirm_, {});
  } else if (button(look, saves ? "Save##browser" : "Open##browser", Kind::primary, {}, {width, 0},
                    saves || selected_ >= 0)) {
    accept();
  }
}

void FileBrowser::act_on_keys(const Look& look) {
  if (look.memory->edit.id != 0 || chosen_ || went_) return;
  const bool on_control = look.memory->focus.id != 0;  // Enter is for that
  if (compat::pressed(Key::enter) && !confirm_ && !on_control) accept();
  if (compat::pressed_or_held(Key::backspace) && folder_.has_relative_path()) go(folder_.parent_path());
  const int count = static_cast<int>(entries_.size());
  if (count == 0) return;
  const auto move_to = [&](int index) {
    select(std::clamp(index, 0, count - 1));
    show_selected_ = true;
    look.memory->again = true;
  };
  if (compat::pressed_or_held(Key::down)) move_to(selected_ + 1);
  if (compat::pressed_or_held(Key::up)) move_to(selected_ < 0 ? count - 1 : selected_ - 1);
}

}  // namespace gatescope::ui

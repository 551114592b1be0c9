#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/desk/figure_builder.h"
#include "app/desk/view_state.h"
#include "core/session/snapshot.h"

namespace gatescope::ui {

/// What there is to see: the newest snapshot, and the choices as far as it has them. While something is being
/// opened, it may have fewer steps than the document says.
class Shown {
 public:
  explicit Shown(std::shared_ptr<const session::Snapshot> snapshot) : snapshot_(std::move(snapshot)) {}

  void take(std::shared_ptr<const session::Snapshot> snapshot) { snapshot_ = std::move(snapshot); }
  /// Fits the choices to what there is.
  void fit(const ViewState& view);

  const session::Snapshot& now() const { return *snapshot_; }
  std::shared_ptr<const session::Snapshot> snapshot() const { return snapshot_; }
  const ViewState& view() const { return view_; }
  /// The readings of the probe; null before the first.
  const session::Readings* readings() const { return snapshot_->readings.get(); }
  /// The chosen model's; null before the first.
  const views::Observation* observation() const;
  /// The chosen layer's tape under the rules, and without them; null where there is none.
  const nn::LayerTape<float>* tape() const;
  const nn::LayerTape<float>* natural_tape() const;
  int steps() const;  // of the probe
  /// The step from which rules on the shown layer count: a decoder's count from the target's first.
  int first_rule_step() const;
  int hidden() const;
  int layers() const;                                         // of the chosen model
  const nn::CellInfo* cell() const;                           // of the chosen layer of the chosen model
  const nn::Channel* channel(std::string_view symbol) const;  // of that cell; null: it has none
  /// Steps of the gradient's way back, from the loss.
  int pulse_length() const;
  views::ViewOptions view_options() const;
  /// The figure of a view at a size, as it would be exported, with the gradient's pulse where it is.
  FigureOrder order(const std::string& view, plot::Size size, std::optional<double> pulse) const;
  /// What the presenter's figures have beside: few lanes, and among them what the probe is coloured by.
  static constexpr int kPresenterLanes = 4;

 private:
  std::shared_ptr<const session::Snapshot> snapshot_;  // never null
  ViewState view_;
};

}  // namespace gatescope::ui

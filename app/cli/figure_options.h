#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/model_options.h"
#include "core/figure/material.h"

namespace gatescope::app {

/// The options that say what a figure shows and how it looks.
struct FigureOptions {
  std::string view;
  std::vector<std::string> models;
  ModelOptions model;  // all but its path
  std::string run, text, text_file, sequence_file, loss, channel, units, sort, steps;
  int layer = 0;
  std::optional<int> step, unit, lens, top;
  std::optional<std::uint64_t> sequence;
  std::optional<int> held_out;
  bool backward = false, with_paths = false, reading = false, own_scales = false, linear_gradient = false;
  std::optional<std::string> theme, size, colors, svg_text;
  std::optional<double> font_size;

  void add_to(CLI::App& command);
  /// The request, its files read and described. Throws UsageError for an option that makes no sense.
  figure::FigureRequest request() const;
  /// Theme, type, colours and a size in lengths, where they are given.
  void restyle(figure::FigureRequest& request) const;
  /// The size, where it is given; a pixel is `pixel` points long.
  void resize(figure::FigureRequest& request, double pixel) const;
  /// The first option given that says what a figure shows, empty where there is none.
  std::string first_given(const CLI::App& command) const;

 private:
  void check_view(const views::View& view) const;
  std::string typed_text() const;
  observe::GivenSequence written_sequence(const figure::FigureRequest& request) const;
  /// What the models read: the text, or what the task they learnt gives.
  void take_input(figure::FigureRequest& request) const;
  /// Held-out sequences of what the models learnt, where they are asked for, or nothing else is.
  void take_held_out(figure::FigureRequest& request) const;
};

/// "3,5-9" in ascending order, each once. Throws UsageError.
std::vector<int> parse_units(std::string_view list);
/// "120-180". Throws UsageError.
plot::Steps parse_step_span(std::string_view text);
/// "800x500", "8.5cmx6cm", "8.5x6cm", "17.4cm x 200pt" in points, a pixel of them being `pixel` points long.
/// Throws UsageError.
plot::Size parse_size(std::string_view size, double pixel);

}  // namespace gatescope::app

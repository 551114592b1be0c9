#pragma once

#include <limits>

#include "core/views/graph_slots.h"

/// The second part of how a cell's graph is laid out (graph_layout.h): the order of the items in each column,
/// by which few wires cross, and their heights.
namespace gatescope::views {

class GraphOrder : protected GraphSlots {
 protected:
  using GraphSlots::GraphSlots;

  bool tapped(const GraphNet& one, int gutter) const {
    return (one.on_top || one.on_rail) && gutter >= one.lane_first && gutter <= one.lane_last;
  }
  /// Where the net comes from, left of a gutter.
  double left_y(const GraphNet& one, int gutter) const {
    if (tapped(one, gutter)) return one.lane;
    if (one.column == gutter - 1 && one.slot >= 0) return slot(one.slot).top + slot(one.slot).out;
    const auto pass = one.passes.find(gutter - 1);
    return pass == one.passes.end() ? one.lane : slot(pass->second).top + slot(pass->second).out;
  }

  /// Heights of all items for the order of the columns: each as near to the height of its neighbours as the
  /// others of its column let it. A better order costs less.
  double settle() {
    for (int c = 0; c < columns(); ++c) {
      double y = area_top_;
      for (const int k : column(c)) {
        slot(k).top = y;
        y += slot(k).height + apart();
      }
    }
    for (int sweep = 0; sweep < 10; ++sweep)
      for (int n = 0; n < columns(); ++n) {
        const int c = sweep % 2 == 0 ? n : columns() - 1 - n;
        for (const int k : column(c)) sort_ports(slot(k));
        settle_column(c);
      }
    return cost();
  }

  void sort_ports(GraphSlot& one) {
    if (one.item < 0 || item(one).update || one.ports.size() < 2) return;
    std::map<int, std::pair<double, int>> heights;
    for (const GraphPort& port : one.ports) {
      heights[port.group].first += left_y(net(port.net), one.column);
      ++heights[port.group].second;
    }
    std::ranges::stable_sort(one.ports, [&](const GraphPort& a, const GraphPort& b) {
      if (a.group == b.group) return a.place < b.place;
      const auto mean = [&](int group) { return heights.at(group).first / heights.at(group).second; };
      return mean(a.group) < mean(b.group);
    });
    // A gate between two valves: the upper one is that whose channel comes from above.
    for (std::size_t k = 0; k + 2 < one.ports.size(); ++k)
      if (one.ports[k + 1].end == GraphPort::End::turn && one.ports[k + 2].group == one.ports[k].group &&
          one.ports[k + 2].end == GraphPort::End::valve &&
          left_y(net(one.ports[k].net), one.column) > left_y(net(one.ports[k + 2].net), one.column)) {
        std::swap(one.ports[k], one.ports[k + 2]);
        std::swap(one.ports[k].place, one.ports[k + 2].place);
      }
    place_ports(one);
  }

  void settle_column(int c) {
    const std::vector<int>& slots = column(c);
    struct Block {
      double sum, weight;
      int count;
      double mean() const { return sum / weight; }
    };
    std::vector<Block> blocks;
    std::vector<double> before;  // heights above each
    double above = 0;
    for (const int k : slots) {
      before.push_back(above);
      above += slot(k).height + apart();
    }
    const double room = std::max(0.0, area_height_ - (above - apart()));
    for (std::size_t n = 0; n < slots.size(); ++n) {
      double sum = 0.02 * (area_top_ + before[n] + room / 2), weight = 0.02;
      wishes(slot(slots[n]), [&](double top, double of) {
        sum += of * top;
        weight += of;
      });
      blocks.push_back({sum - weight * before[n], weight, 1});
      while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() > blocks.back().mean()) {
        const Block last = blocks.back();
        blocks.pop_back();
        blocks.back().sum += last.sum;
        blocks.back().weight += last.weight;
        blocks.back().count += last.count;
      }
    }
    std::size_t n = 0;
    for (const Block& block : blocks)
      for (int k = 0; k < block.count; ++k, ++n)
        slot(slots[n]).top = std::clamp(block.mean(), area_top_, area_top_ + room) + before[n];
  }

  template <class Wish>
  void wishes(const GraphSlot& one, Wish wish) const {
    const auto from = [&](const GraphNet& of, double dy, double weight) {
      const double y = left_y(of, one.column);
      const bool lane = tapped(of, one.column);
      wish(y - dy, lane ? 0.15 : weight);
    };
    if (one.net >= 0) {
      const GraphNet& of = nets_[static_cast<std::size_t>(one.net)];
      from(of, one.out, of.passes.contains(one.column - 1) ? 6 : 2);
      to(of, one.column + 1, one.out, of.passes.contains(one.column + 1) ? 6 : 2, wish);
      return;
    }
    for (const GraphPort& port : one.ports) from(nets_[static_cast<std::size_t>(port.net)], port.dy, 1);
    if (item(one).update) return;
    for (const GraphNet& of : nets_)
      if (of.slot >= 0 && &slot(of.slot) == &one) to(of, one.column + 1, one.out, 1, wish);
  }
  template <class Wish>
  void to(const GraphNet& of, int next, double out, double weight, Wish& wish) const {
    if (next >= columns()) return;
    const auto index = &of - nets_.data();
    for (const int k : order_[static_cast<std::size_t>(next)]) {
      const GraphSlot& receiver = slot(k);
      if (receiver.net == index) wish(receiver.top + receiver.out - out, weight);
      for (const GraphPort& port : receiver.ports)
        if (port.net == index) wish(receiver.top + port.dy - out, weight);
    }
  }

  /// Where a net goes to the right of a gutter.
  struct Exit {
    double y;
    int slot;  // or none: its rail
    int port;  // or none: it passes
  };
  std::vector<Exit> exits(int of, int gutter) const {
    std::vector<Exit> all;
    const GraphNet& one = nets_[static_cast<std::size_t>(of)];
    if (gutter < columns()) {
      const bool tap = tapped(one, gutter), adjacent = one.column == gutter - 1 && one.slot >= 0;
      const bool passing = one.passes.contains(gutter - 1);
      if (tap || adjacent || passing)
        for (const int k : order_[static_cast<std::size_t>(gutter)]) {
          if (slot(k).net == of) all.push_back({slot(k).top + slot(k).out, k, -1});
          for (std::size_t p = 0; p < slot(k).ports.size(); ++p)
            if (slot(k).ports[p].net == of)
              all.push_back({slot(k).top + slot(k).ports[p].dy, k, static_cast<int>(p)});
        }
    }
    if (one.on_rail && one.slot >= 0 && gutter == one.column + 1) all.push_back({one.lane, -1, -1});
    std::ranges::sort(all, {}, &Exit::y);
    return all;
  }

  /// A net in a gutter: a vertical piece, where it does not go straight on.
  struct Crossing {
    int net;
    double left;
    std::vector<Exit> right;
    double low, high;
    bool straight, tap;
    int track = 0;
  };
  std::vector<Crossing> crossings(int gutter) const {
    std::vector<Crossing> all;
    for (std::size_t n = 0; n < nets_.size(); ++n) {
      const auto right = exits(static_cast<int>(n), gutter);
      if (right.empty()) continue;
      const double left = left_y(nets_[n], gutter);
      const double low = std::min(left, right.front().y), high = std::max(left, right.back().y);
      all.push_back(
          {static_cast<int>(n), left, right, low, high, high - low < 0.01, tapped(nets_[n], gutter)});
    }
    return all;
  }

  static double against(const Crossing& a, const Crossing& b) {  // a's track is left of b's
    constexpr double kNear = 1.1;
    double cost = 0;
    const auto strikes = [](double y, const Crossing& other) {
      return !other.straight && y > other.low - 0.5 && y < other.high + 0.5;
    };
    for (const Exit& exit : a.right) {
      cost += strikes(exit.y, b);
      if (!b.tap && std::abs(exit.y - b.left) < kNear) cost += 40;
    }
    if (!b.tap) cost += strikes(b.left, a);
    return cost;
  }
  /// Gives the crossings of a gutter their tracks, from the left; what that costs.
  static double order_tracks(std::vector<Crossing>& all) {
    std::vector<int> turning;
    double cost = 0;
    for (std::size_t k = 0; k < all.size(); ++k)
      if (!all[k].straight) turning.push_back(static_cast<int>(k));
    const auto one = [&](std::size_t n) -> Crossing& { return all[static_cast<std::size_t>(turning[n])]; };
    std::ranges::sort(turning, [&](int a, int b) {
      return all[static_cast<std::size_t>(a)].low > all[static_cast<std::size_t>(b)].low;
    });
    for (bool better = true; better;) {
      better = false;
      for (std::size_t n = 0; n + 1 < turning.size(); ++n)
        if (against(one(n + 1), one(n)) < against(one(n), one(n + 1)) - 1e-9) {
          std::swap(turning[n], turning[n + 1]);
          better = true;
        }
      if (++cost > 60) break;  // going round
    }
    cost = 0;
    for (std::size_t n = 0; n < turning.size(); ++n) {
      one(n).track = static_cast<int>(n);
      for (std::size_t m = n + 1; m < turning.size(); ++m) cost += against(one(n), one(m));
    }
    for (const Crossing& straight : all)
      if (straight.straight)
        for (const Crossing& other : all)
          if (!other.straight) cost += straight.left > other.low && straight.left < other.high;
    return cost;
  }

  double cost() const {
    double sum = 0;
    for (int g = 0; g <= columns(); ++g) {
      auto all = crossings(g);
      sum += order_tracks(all);
      for (const Crossing& one : all) sum += 0.012 * (one.high - one.low) + (one.straight ? 0 : 0.15);
    }
    // What lies above a riser in its column is crossed by it; of two risers only the right one's wires.
    for (const auto& slots : order_)
      for (std::size_t n = 0; n < slots.size(); ++n)
        for (std::size_t m = n + 1; m < slots.size(); ++m) {
          const GraphSlot &upper = slot(slots[n]), &lower = slot(slots[m]);
          if (lower.riser < 0) continue;
          if (upper.riser < 0)
            sum += upper.item < 0 ? 1 : 1e4;  // it would run through a plate
          else if (upper.riser > lower.riser)
            sum += static_cast<double>(upper.ports.size());
        }
    return sum;
  }

  void find_area() {
    area_height_ = 0;
    for (int c = 0; c < columns(); ++c) {
      double height = -apart();
      for (const int k : column(c)) height += slot(k).height + apart();
      area_height_ = std::max(area_height_, height);
    }
    double y = kCardTop + 2.9 * type_.em + gap();
    for (std::size_t n = 0; n < lanes_.size(); ++n) {
      const int state = lanes_[n];
      for (const bool previous : {false, true}) net(net_of_.at({state, previous})).lane = y;
      y += std::max((n == 0 ? memory_valve() : valve()) + valve() + gap(),
                    type_.row() + gap() + (n == 0 ? 2.4 : 0));
    }
    area_top_ = lanes_.empty()
                    ? kCardTop + 3
                    : net(net_of_.at({lanes_.back(), false})).lane +
                          std::max(lanes_.size() == 1 ? memory_valve() : disc() + 1, disc() + 1) + gap();
    find_rails();
  }
  /// Rails below: what is read on the lowest, others where there is room over their steps.
  void find_rails() {
    const double step = type_.row() + 0.9 * gap();
    struct Used {
      int first, last;
    };
    std::vector<std::vector<Used>> rails;
    const double top = area_top_ + area_height_ + gap();
    for (GraphNet& one : nets_) {
      if (!one.on_rail || one.origins[0] == Origin{}) continue;
      const Used used{one.slot < 0 ? -1 : one.column + 1, one.leaves ? columns() + 1 : std::max(one.last, 0)};
      std::size_t at = 0;
      for (; at < rails.size(); ++at)
        if (std::ranges::none_of(rails[at], [&](const Used& other) {
              return used.first <= other.last && other.first <= used.last;
            }))
          break;
      if (at == rails.size()) rails.emplace_back();
      rails[at].push_back(used);
      one.lane = top + type_.row() + step * static_cast<double>(at);
    }
    const GraphNet& read = net(net_of_.at({}));
    const bool labelled = read.origins.size() > 1;
    rail_ = rails.empty() ? top + (labelled ? type_.row() : 1)
                          : top + type_.row() + step * static_cast<double>(rails.size() - 1) +
                                (labelled ? step : 1.3 * gap());
    net(net_of_.at({})).lane = rail_;
  }

  /// Columns in an order of few crossings: by the mean of the neighbours, then better one by one; from three
  /// beginnings, with what only passes as it came, on top, and below.
  void find_order() {
    find_area();
    const auto came = order_;
    auto best = came;
    double least = std::numeric_limits<double>::infinity();
    for (const int beginning : {0, 1, 2}) {
      order_ = came;
      for (auto& slots : order_)
        std::ranges::stable_sort(slots, {}, [&](int k) {
          const bool pass = slot(k).item < 0;
          return slot(k).riser >= 0 ? -1 : beginning == 1 ? !pass : beginning == 2 ? pass : 0;
        });
      const double now = improve();
      if (now < least) {
        least = now;
        best = order_;
      }
    }
    order_ = best;
    settle();
  }

  double improve() {
    double best = sort_by_neighbours();
    for (int round = 0; round < 4; ++round) {
      bool better = false;
      const auto keep_if_better = [&](auto change) {
        const auto kept = order_;
        change();
        const double now = settle();
        if (now < best - 1e-9) {
          best = now;
          better = true;
        } else {
          order_ = kept;
        }
      };
      for (int c = 0; c < columns(); ++c)
        for (std::size_t from = 0; from < column(c).size(); ++from)
          for (std::size_t into = 0; into < column(c).size(); ++into) {
            if (from == into) continue;
            keep_if_better([&] {
              const int moved = column(c)[from];
              column(c).erase(column(c).begin() + static_cast<std::ptrdiff_t>(from));
              column(c).insert(column(c).begin() + static_cast<std::ptrdiff_t>(into), moved);
            });
          }
      for (const GraphNet& one : nets_)  // a long way as a whole
        for (const bool top : {true, false})
          if (one.passes.size() > 1)
            keep_if_better([&] {
              for (const auto& [c, k] : one.passes) {
                std::erase(column(c), k);
                column(c).insert(top ? column(c).begin() : column(c).end(), k);
              }
            });
      if (!better) break;
    }
    return settle();
  }

  double sort_by_neighbours() {
    double best = settle();
    for (int sweep = 0; sweep < 6; ++sweep) {
      const auto kept = order_;
      for (int n = 0; n < columns(); ++n) {
        const int c = sweep % 2 == 0 ? n : columns() - 1 - n;
        std::map<int, double> want;
        for (const int k : column(c)) {
          double sum = 0, weight = 0;
          wishes(slot(k), [&](double top, double of) {
            sum += of * (top + slot(k).height / 2);
            weight += of;
          });
          want[k] = (weight > 0 ? sum / weight : slot(k).top) - (slot(k).riser < 0 ? 0 : 1e4);
        }
        std::ranges::stable_sort(column(c), {}, [&](int k) { return want.at(k); });
      }
      const double now = settle();
      if (now < best) {
        best = now;
      } else {
        order_ = kept;
        settle();
      }
    }
    return best;
  }

  /// Takes small steps out of wires: what has one wire from the left moves to its height, where it has room.
  void straighten() {
    for (int c = 0; c < columns(); ++c)
      for (std::size_t n = 0; n < column(c).size(); ++n) {
        GraphSlot& one = slot(column(c)[n]);
        double step = 1.5;
        if (one.item < 0) step = tapped(net(one.net), c) ? 99 : left_y(net(one.net), c) - one.top - one.out;
        for (const GraphPort& port : one.ports) {
          if (tapped(net(port.net), c)) continue;
          const double of_port = left_y(net(port.net), c) - one.top - port.dy;
          if (std::abs(of_port) < std::abs(step) || one.ports.size() == 1) step = of_port;
        }
        if (one.item >= 0 && one.ports.size() != 1 && std::abs(step) >= 1.5) continue;
        const double least = n == 0 ? area_top_ : slot(column(c)[n - 1]).top + slot(column(c)[n - 1]).height;
        const double most = n + 1 == column(c).size() ? area_top_ + area_height_ : slot(column(c)[n + 1]).top;
        const double room = 0.4 * apart();
        if (std::abs(step) > 4 || one.top + step < least + (n == 0 ? 0 : room) ||
            one.top + step + one.height > most - (n + 1 == column(c).size() ? 0 : room))
          continue;
        one.top += step;
      }
  }

  double area_top_ = 0, area_height_ = 0, rail_ = 0;
};

}  // namespace gatescope::views

import type { FleetStates } from "./fleet-states.js";
import type { Row, Term } from "./milp.js";
import type { FleetBlock } from "./problem.js";
import { configVariable, fleetVariable, stateVariable, toUnits } from "./variables.js";

/**
 * An enumerated fleet: its cost is that of the one state that fits the chosen configuration and options. States need
 * no integrality of their own; whole configurations and options leave room for one only.
 */
export function stateRows(
  { configs }: FleetBlock,
  { units, states }: FleetStates,
  fleet: number,
  unit: number,
): Row[] {
  const term = (index: number): Term => [1, stateVariable(fleet, index)];
  const indexes = states.map((_, index) => index);
  return [
    {
      terms: [
        [1, fleetVariable(fleet)],
        ...states.map(({ cost }, index): Term => [-toUnits(cost, unit), stateVariable(fleet, index)]),
      ],
      sense: ">=",
      right: 0,
    },
    ...configs.map(
      (_, config): Row => ({
        terms: [
          ...indexes.filter((index) => states[index]!.config === config).map(term),
          [-1, configVariable(fleet, config)],
        ],
        sense: "=",
        right: 0,
      }),
    ),
    ...units.flatMap(({ classes }, place) =>
      classes.map(
        (options, own): Row => ({
          terms: [
            ...indexes.filter((index) => states[index]!.classes[place] === own).map(term),
            ...options.map(({ variable }): Term => [-1, variable]),
          ],
          sense: "=",
          right: 0,
        }),
      ),
    ),
  ];
}

/** Finds groups by a word and by health, and sorts them. */

import { type ReactNode, useId } from "react";

import { plural } from "../format";
import { type Filter, SHOWN, SHOWN_TEXT, SORTS, SORT_TEXT } from "./order";

interface Props {
  filter: Filter;
  onFilter: (filter: Filter) => void;
  shown: number;
  total: number;
  children?: ReactNode;
}

export function FilterBar({ filter, onFilter, shown, total, children }: Props) {
  const id = useId();
  return (
    <div className="filter" role="search" aria-label="Groups">
      <div className="filter-text">
        <label htmlFor={`${id}-text`}>Find</label>
        <input id={`${id}-text`} type="search" placeholder="name, provider, mode …" value={filter.text} onChange={(change) => onFilter({ ...filter, text: change.target.value })} />
      </div>
      <div>
        <label htmlFor={`${id}-shown`}>Show</label>
        <select id={`${id}-shown`} value={filter.shown} onChange={(change) => onFilter({ ...filter, shown: change.target.value as Filter["shown"] })}>
          {SHOWN.map((value) => (
            <option key={value} value={value}>
              {SHOWN_TEXT[value]}
            </option>
          ))}
        </select>
      </div>
      <div>
        <label htmlFor={`${id}-sort`}>Sort by</label>
        <select id={`${id}-sort`} value={filter.sort} onChange={(change) => onFilter({ ...filter, sort: change.target.value as Filter["sort"] })}>
          {SORTS.map((value) => (
            <option key={value} value={value}>
              {SORT_TEXT[value]}
            </option>
          ))}
        </select>
      </div>
      <p className="filter-count quiet" role="status">
        {shown === total ? plural(total, "group", "groups") : `${shown} of ${plural(total, "group", "groups")}`}
      </p>
      {children}
    </div>
  );
}

mod comparison;
mod plan;
mod serving;

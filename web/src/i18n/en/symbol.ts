export const symbol = {
  title: "Symbol",
};

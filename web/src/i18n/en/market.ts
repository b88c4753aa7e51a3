export const market = {
  title: "Market",
};

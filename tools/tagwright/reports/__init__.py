"""What leaves the house: showback pages, the chargeback journal, a FOCUS 1.4 export."""
